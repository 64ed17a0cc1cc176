// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A port of a network for a partner at a datagram socket. QEMU: -netdev dgram.

using System;

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>
    /// Carries frames between a network and another process that lives in real time, one frame a datagram. There is no connection:
    /// a partner may come and go, and while it is away frames to it are dropped and counted.
    /// </summary>
    public sealed class DatagramSocketPort : IPacketPort, IDisposable
    {
        /// <summary>
        /// Makes a port. Frames of the partner go to <paramref name="network"/>, on the port's thread, with no lock held.
        /// </summary>
        public DatagramSocketPort(DatagramSocketOptions options, IPacketSink network, IReports reports)
        {
            this.options = options;
            this.network = network;
            this.reports = reports;
        }

        /// <summary>
        /// Takes frames from now on. Throws IOException, with the remedy, if an address cannot be had, or if the system lacks what
        /// a thread needs; then nothing is left behind, and Start can be called again.
        /// </summary>
        public void Start()
        {
            lock(gate)
            {
                if(thread != null || isDisposed)
                {
                    throw new InvalidOperationException(isDisposed ? "the port was disposed" : "the port was started already");
                }
                var socket = new DatagramSocket(options);
                try
                {
                    thread = new PortThread("socket " + options.Local, new DatagramService(socket, options, queue, Counters, network, reports));
                    LocalPort = socket.Port;
                }
                catch
                {
                    queue.Close();
                    socket.Dispose();
                    throw;
                }
                // A frame may have come before there was a thread to wake.
                thread.Wake();
            }
        }

        /// <summary>A finished frame arrives from the network for the partner. Any thread may call. Allocates nothing.</summary>
        public void Receive(Packet packet)
        {
            if(queue.Add(packet, Counters, reports))
            {
                thread?.Wake();
            }
        }

        /// <summary>
        /// Ends the thread, closes all descriptors and removes the socket; returns when it is done. Called from the network it
        /// returns before that: the thread that it is on ends when it comes back.
        /// </summary>
        public void Dispose()
        {
            PortThread? ending;
            lock(gate)
            {
                isDisposed = true;
                ending = thread;
            }
            ending?.Dispose();
        }

        /// <summary>The UDP port that the partner sends to, 0 if there is none: of use where the system chooses it.</summary>
        public int LocalPort { get; private set; }

        /// <summary>Finished frames only.</summary>
        public PortOffloads Offloads => default;

        /// <summary>What the port has counted.</summary>
        public SocketCounters Counters { get; } = new SocketCounters();

        private PortThread? thread;
        private bool isDisposed;

        private readonly object gate = new object();
        private readonly SendQueue queue = new SendQueue();
        private readonly DatagramSocketOptions options;
        private readonly IPacketSink network;
        private readonly IReports reports;
    }
}
