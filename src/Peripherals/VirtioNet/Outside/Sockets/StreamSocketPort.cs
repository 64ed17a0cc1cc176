// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A port of a network for a partner at a stream socket. QEMU: -netdev stream.

using System;
using System.IO;
using System.Net;

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>
    /// Carries frames between a network and another process that lives in real time, such as QEMU's "-netdev stream" or passt.
    /// One partner at a time; while there is none, frames to it are dropped and counted.
    /// </summary>
    public sealed class StreamSocketPort : IPacketPort, IDisposable
    {
        /// <summary>
        /// Makes a port. Frames of the partner go to <paramref name="network"/>, on the port's thread, with no lock held.
        /// </summary>
        public StreamSocketPort(StreamSocketOptions options, IPacketSink network, IReports reports)
        {
            this.options = options;
            this.network = network;
            this.reports = reports;
        }

        /// <summary>
        /// Makes a port whose partner is a passt that it starts: Start does, and says so by an IOException if passt cannot be
        /// started or does not go on. A passt that ends later is started again. It ends with the port.
        /// </summary>
        public StreamSocketPort(PasstOptions passt, IPacketSink network, IReports reports)
        {
            this.passt = passt;
            this.network = network;
            this.reports = reports;
        }

        /// <summary>
        /// Listens, or begins to connect. Throws IOException, with the remedy, if the address cannot be had, or if the system
        /// lacks what a thread needs; then nothing is left behind, and Start can be called again.
        /// </summary>
        public void Start()
        {
            lock(gate)
            {
                if(thread != null || isDisposed)
                {
                    throw new InvalidOperationException(isDisposed ? "the port was disposed" : "the port was started already");
                }
                var source = MakeSource();
                try
                {
                    service = new StreamService(source, queue, Counters, network, reports);
                    service.Changed += () => Changed?.Invoke();
                    thread = new PortThread(passt != null ? "passt" : "socket " + options!.Address, service);
                }
                catch
                {
                    service = null;
                    source.Dispose();
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
        /// Ends the connection and the thread, closes all descriptors and removes the socket; returns when it is done. Called
        /// from <see cref="Changed"/> or the network it returns before that: the thread that it is on ends when it comes back.
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

        /// <summary>A partner has come or gone. On the port's thread, with no lock held.</summary>
        public event Action? Changed;

        /// <summary>True while a partner is there.</summary>
        public bool IsConnected => service?.IsConnected ?? false;

        /// <summary>The port that a TCP server listens at, 0 if there is none: of use where the system chooses it.</summary>
        public int ListensAt { get; private set; }

        /// <summary>Finished frames only.</summary>
        public PortOffloads Offloads => default;

        /// <summary>What the port has counted.</summary>
        public SocketCounters Counters { get; } = new SocketCounters();

        /// <summary>Most frames that wait for a partner.</summary>
        public const int MaxFrames = SendQueue.MaxFrames;

        private IStreamSource MakeSource()
        {
            if(passt != null)
            {
                return new PasstSource(passt, reports);
            }
            if(!options!.IsServer)
            {
                return new ConnectSource(options.Address.Resolve(), options, reports);
            }
            if(options.Address.IsUnix)
            {
                return new ListenSource(new UnixListener(options.Address.Path), options.Address, reports);
            }
            var listener = new InetListener((IPEndPoint)options.Address.Resolve());
            ListensAt = listener.Port;
            return new ListenSource(listener, options.Address, reports);
        }

        private StreamService? service;
        private PortThread? thread;
        private bool isDisposed;

        private readonly object gate = new object();
        private readonly SendQueue queue = new SendQueue();
        private readonly StreamSocketOptions? options;
        private readonly PasstOptions? passt;
        private readonly IPacketSink network;
        private readonly IReports reports;
    }
}
