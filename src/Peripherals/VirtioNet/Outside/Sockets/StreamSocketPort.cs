// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A port of a network for a partner at a stream socket. QEMU: -netdev stream.

using System.Net;

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>
    /// Carries frames between a network and another process that lives in real time, such as QEMU's "-netdev stream" or passt.
    /// One partner at a time; while there is none, frames to it are dropped and counted.
    /// </summary>
    public sealed class StreamSocketPort : PartnerPort
    {
        /// <summary>
        /// Makes a port. Frames of the partner go to <paramref name="network"/>, on the port's thread, with no lock held.
        /// </summary>
        public StreamSocketPort(StreamSocketOptions options, IPacketSink network, IReports reports) : base(network, reports)
        {
            this.options = options;
        }

        /// <summary>
        /// Makes a port whose partner is a passt that it starts: Start does, and says so by an IOException if passt cannot be
        /// started or does not go on. A passt that ends later is started again. It ends with the port.
        /// </summary>
        public StreamSocketPort(PasstOptions passt, IPacketSink network, IReports reports) : base(network, reports)
        {
            this.passt = passt;
        }

        /// <summary>True while a partner is there.</summary>
        public bool IsConnected => service?.IsConnected ?? false;

        /// <summary>The port that a TCP server listens at, 0 if there is none: of use where the system chooses it.</summary>
        public int ListensAt { get; private set; }

        private protected override IPortWork Open()
        {
            // passt takes the padding of a short frame for data of TCP, at least until 2023.
            service = new StreamService(MakeSource(), Queue, Counters, Entrance, Reports, passt == null);
            service.Changed += TellChange;
            return service;
        }

        private protected override string ThreadName => passt != null ? "passt" : "socket " + options!.Address;

        private IStreamSource MakeSource()
        {
            if(passt != null)
            {
                return new PasstSource(passt, Reports);
            }
            if(!options!.IsServer)
            {
                return new ConnectSource(options.Address.Resolve(), options, Reports);
            }
            if(options.Address.IsUnix)
            {
                return new ListenSource(new UnixListener(options.Address.Path), options.Address, Reports);
            }
            var listener = new InetListener((IPEndPoint)options.Address.Resolve());
            ListensAt = listener.Port;
            return new ListenSource(listener, options.Address, Reports);
        }

        private StreamService? service;

        private readonly StreamSocketOptions? options;
        private readonly PasstOptions? passt;
    }
}
