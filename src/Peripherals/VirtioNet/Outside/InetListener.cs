// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A TCP port that other processes connect to. tcp(7).

using System.IO;
using System.Net;
using System.Net.Sockets;

namespace VirtioNet.Outside
{
    /// <summary>Listens at an address of this host.</summary>
    internal sealed class InetListener : IListener
    {
        /// <summary>Listens. Throws IOException, with the remedy, if the address cannot be had.</summary>
        public InetListener(IPEndPoint endPoint)
        {
            try
            {
                // A frame is not to wait for the next one. Sockets that are accepted have what the listener has: tcp(7).
                socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false, NoDelay = true };
                socket.Bind(endPoint);
                socket.Listen(Backlog);
                Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
            }
            catch(SocketException exception)
            {
                socket?.Dispose();
                throw new IOException($"cannot listen at {endPoint}: {exception.Message}; choose another port, or an address of this host", exception);
            }
        }

        /// <inheritdoc/>
        public Socket? Accept()
        {
            try
            {
                return socket.Accept();
            }
            catch(SocketException)
            {
                return null;
            }
        }

        /// <inheritdoc/>
        public string? Close()
        {
            socket.Dispose();
            return null;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            Close();
        }

        /// <inheritdoc/>
        public PollEntry Poll => new PollEntry(socket.SafeHandle);

        /// <summary>The port: the one that the system has chosen, if it was to choose one.</summary>
        public int Port { get; }

        private readonly Socket socket;

        private const int Backlog = 8;
    }
}
