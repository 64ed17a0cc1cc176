#nullable enable
// The socket that front ends connect to. unix(7).

using System;
using System.IO;
using System.Net.Sockets;

namespace VirtioNet.Outside
{
    /// <summary>Listens at a path, and takes the path over from a process that died.</summary>
    internal sealed class UnixListener : IDisposable
    {
        /// <summary>Listens. Throws IOException if the path cannot be had.</summary>
        public UnixListener(string path)
        {
            this.path = path;
            socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
            try
            {
                var endPoint = new UnixDomainSocketEndPoint(path);
                RemoveStale(endPoint);
                socket.Bind(endPoint);
                socket.Listen(Backlog);
            }
            catch(Exception exception) when(exception is SocketException || exception is ArgumentException || exception is UnauthorizedAccessException)
            {
                socket.Dispose();
                throw new IOException($"cannot listen at {path}: {exception.Message}", exception);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        /// <summary>The next front end that has connected, or null if none is left.</summary>
        public Socket? Accept()
        {
            try
            {
                return socket.Accept();
            }
            catch(SocketException)
            {
                // It has gone again, or descriptors are short. Whoever still waits makes the socket ready again.
                return null;
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            socket.Dispose();
            File.Delete(path);
        }

        /// <summary>To wait for a front end.</summary>
        public PollEntry Poll => new PollEntry(socket.SafeHandle);

        // A socket file stays behind when its process dies; then nobody answers there.
        private void RemoveStale(UnixDomainSocketEndPoint endPoint)
        {
            if(!File.Exists(path))
            {
                return;
            }
            using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                probe.Connect(endPoint);
            }
            catch(SocketException exception) when(exception.SocketErrorCode == SocketError.ConnectionRefused && Native.IsSocket(path))
            {
                File.Delete(path);
                return;
            }
            catch(SocketException)
            {
                throw new IOException($"cannot listen at {path}: the file is no socket; choose another path, or remove it");
            }
            throw new IOException($"cannot listen at {path}: another process listens there; choose another path, or end that process");
        }

        private readonly string path;
        private readonly Socket socket;

        private const int Backlog = 8;
    }
}
