// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A socket each of whose datagrams is a frame. QEMU: -netdev dgram.

using System;
using System.IO;
using System.Net;
using System.Net.Sockets;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>Bound to one address, and sends to another. Never waits.</summary>
    internal sealed class DatagramSocket : IDisposable
    {
        /// <summary>Binds. Throws IOException, with the remedy, if the local address cannot be had or the remote one cannot be used.</summary>
        public DatagramSocket(DatagramSocketOptions options)
        {
            var remote = options.Remote.Resolve();
            if(options.Local.IsUnix)
            {
                binding = new UnixBinding(options.Local.Path, SocketType.Dgram);
                socket = binding.Socket;
                // Named anew with each frame, so that a partner may come and go.
                var address = remote.Serialize();
                destination = address.Buffer.Slice(0, address.Size).ToArray();
                return;
            }
            var local = (IPEndPoint)options.Local.Resolve();
            try
            {
                socket = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
                socket.Bind(local);
                // So that the system takes nothing in from others.
                socket.Connect(remote);
                Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
            }
            catch(SocketException exception)
            {
                socket?.Dispose();
                throw new IOException($"cannot use {local} for {remote}: {exception.Message}; choose another local.port, an address of this host as local.host, and one of the same kind as remote.host", exception);
            }
        }

        /// <summary>Sends a frame. Returns 0, or the number of what was wrong: errno(3).</summary>
        public int Send(ReadOnlySpan<byte> frame)
        {
            return Native.SendTo(socket.SafeHandle, frame, destination);
        }

        /// <summary>
        /// Takes the next datagram, as far as the buffer has room. False if there is none; <paramref name="refusal"/> then is what the
        /// partner's host has answered to a frame, if it has.
        /// </summary>
        public bool TryReceive(Span<byte> buffer, out int length, out int refusal)
        {
            length = socket.Receive(buffer, SocketFlags.None, out var error);
            refusal = error == SocketError.ConnectionRefused ? Native.ErrorConnectionRefused : 0;
            return error == SocketError.Success;
        }

        /// <summary>Closes the socket. Returns why its file is left over, or null.</summary>
        public string? Close()
        {
            socket.Dispose();
            return binding?.Close();
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            Close();
        }

        /// <summary>To wait until frames can be received or sent.</summary>
        public PollEntry Poll(bool reads, bool writes)
        {
            return new PollEntry(socket.SafeHandle, reads, writes);
        }

        /// <summary>
        /// True if the system tells when there is room for a frame again. It does not for a unix socket that names its
        /// partner with each frame: the room is the partner's.
        /// </summary>
        public bool TellsRoom => binding == null;

        /// <summary>The UDP port, 0 for a unix socket.</summary>
        public int Port { get; }

        private readonly Socket socket;
        private readonly UnixBinding? binding;
        private readonly byte[] destination = Array.Empty<byte>();
    }
}
