// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A socket that is bound to a path. unix(7).

using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace VirtioNet.Outside
{
    /// <summary>Has a path for as long as it lives, and takes the path over from a process that died.</summary>
    internal sealed class UnixBinding : IDisposable
    {
        /// <summary>Binds a socket that never waits; a stream socket listens from then on. Throws IOException, with the remedy, if the path cannot be had.</summary>
        public UnixBinding(string path, SocketType type)
        {
            this.path = path;
            this.type = type;
            var endPoint = Check(path);
            fullPath = Path.GetFullPath(path);
            Socket = NewSocket();
            try
            {
                RemoveStale(endPoint);
                Socket.Bind(new OwnedEndPoint(endPoint));
                isBound = Native.TryIdentify(fullPath, out file);
                if(type == SocketType.Stream)
                {
                    Socket.Listen(Backlog);
                }
            }
            catch(Exception exception) when(exception is SocketException || exception is UnauthorizedAccessException)
            {
                Dispose();
                throw Refuse(Directory.Exists(Path.GetDirectoryName(fullPath)) ? exception.Message : "its folder does not exist; make the folder, or choose another path");
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        /// <summary>
        /// Closes the socket and removes the socket's file, unless the path names another file by now. Returns why the file
        /// could not be removed, or null.
        /// </summary>
        public string? Close()
        {
            Socket.Dispose();
            if(!isBound || !Native.TryIdentify(fullPath, out var found) || !found.IsSame(file))
            {
                return null;
            }
            isBound = false;
            try
            {
                File.Delete(fullPath);
                return null;
            }
            catch(Exception exception) when(exception is IOException || exception is UnauthorizedAccessException)
            {
                return exception.Message;
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            Close();
        }

        /// <summary>The socket.</summary>
        public Socket Socket { get; }

        private UnixDomainSocketEndPoint Check(string path)
        {
            var length = Encoding.UTF8.GetByteCount(path);
            if(length == 0 || length > MaxPath || path.Contains('\0', StringComparison.Ordinal))
            {
                throw Refuse($"the path of a socket has 1 to {MaxPath} bytes, and this one has {length}; choose another path");
            }
            return new UnixDomainSocketEndPoint(path);
        }

        // When a process dies, its socket's file stays, and whoever connects to it is refused.
        private void RemoveStale(UnixDomainSocketEndPoint endPoint)
        {
            if(!Native.TryIdentify(fullPath, out var found))
            {
                return;
            }
            if(!found.IsSocket)
            {
                throw Refuse("the file is no socket; choose another path, or remove it");
            }
            using var probe = NewSocket();
            try
            {
                probe.Connect(endPoint);
            }
            catch(SocketException exception) when(exception.SocketErrorCode == SocketError.ConnectionRefused)
            {
                File.Delete(fullPath);
                return;
            }
            catch(SocketException exception) when(exception.SocketErrorCode == SocketError.AccessDenied)
            {
                throw;
            }
            catch(SocketException)
            {
                // Somebody is there whose queue is full, or who speaks another kind of socket.
            }
            throw Refuse("another process listens there; choose another path, or end that process");
        }

        private IOException Refuse(string reason)
        {
            return new IOException($"cannot listen at {path}: {reason}");
        }

        private Socket NewSocket()
        {
            try
            {
                return new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified) { Blocking = false };
            }
            catch(SocketException exception)
            {
                throw new IOException($"cannot make a socket: {exception.Message}", exception);
            }
        }

        private bool isBound;

        private readonly string path;
        // Folders may be changed meanwhile.
        private readonly string fullPath;
        private readonly SocketType type;
        private readonly FileIdentity file;

        private const int Backlog = 8;
        // sun_path has 108 bytes, and the last one is 0.
        private const int MaxPath = 107;

        // .NET removes the path of a socket that it has bound to a UnixDomainSocketEndPoint, whatever file is there by then. It
        // does not know this end point, and leaves the file alone.
        private sealed class OwnedEndPoint : EndPoint
        {
            public OwnedEndPoint(EndPoint endPoint)
            {
                this.endPoint = endPoint;
            }

            public override SocketAddress Serialize()
            {
                return endPoint.Serialize();
            }

            public override EndPoint Create(SocketAddress socketAddress)
            {
                return endPoint.Create(socketAddress);
            }

            public override AddressFamily AddressFamily => AddressFamily.Unix;

            private readonly EndPoint endPoint;
        }
    }
}
