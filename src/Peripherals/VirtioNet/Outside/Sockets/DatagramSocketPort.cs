// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A port of a network for a partner at a datagram socket. QEMU: -netdev dgram.

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>
    /// Carries frames between a network and another process that lives in real time, one frame a datagram. There is no connection:
    /// a partner may come and go, and while it is away frames to it are dropped and counted.
    /// </summary>
    public sealed class DatagramSocketPort : PartnerPort
    {
        /// <summary>
        /// Makes a port. Frames of the partner go to <paramref name="network"/>, on the port's thread, with no lock held.
        /// </summary>
        public DatagramSocketPort(DatagramSocketOptions options, IPacketSink network, IReports reports) : base(network, reports)
        {
            this.options = options;
        }

        /// <summary>The UDP port that the partner sends to, 0 if there is none: of use where the system chooses it.</summary>
        public int LocalPort { get; private set; }

        private protected override IPortWork Open()
        {
            var socket = new DatagramSocket(options);
            LocalPort = socket.Port;
            return new DatagramService(socket, options, Queue, Counters, Entrance, Reports);
        }

        private protected override string ThreadName => "socket " + options.Local;

        private readonly DatagramSocketOptions options;
    }
}
