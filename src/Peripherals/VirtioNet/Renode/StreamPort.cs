// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A port of Renode's network for a partner at a stream socket, such as QEMU's "-netdev stream".

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;

using VirtioNet.Outside;
using VirtioNet.Outside.Sockets;
using VirtioNet.Reports;
using VirtioNet.Wire;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Monitor command that makes a port.</summary>
    public static class StreamPortExtensions
    {
        /// <summary>
        /// Makes a port at a stream socket, in QEMU's words, such as "server=on,addr.type=unix,addr.path=/tmp/net0", and connects it to
        /// a network if one is named.
        /// </summary>
        public static void CreateStreamPort(this Emulation emulation, string name, string words, IConnectable<IMACInterface>? network = null)
        {
            StreamSocketOptions? options = null;
            var faults = new Faults();
            ExternalPort.CheckName(faults, name);
            faults.Check(() => options = StreamSocketOptions.Parse(words ?? ""));
            faults.ThrowIfAny();
            ExternalPort.Add(emulation, name, network, new StreamPort(options!, emulation.MACRepository.GenerateUniqueMAC()));
        }
    }

    /// <summary>The port. In its counters Sent is what goes to the partner.</summary>
    public sealed class StreamPort : ExternalPort
    {
        /// <summary>Makes the port, and listens or begins to connect. Throws <see cref="Exceptions.RecoverableException"/> if it cannot.</summary>
        public StreamPort(StreamSocketOptions options, MACAddress mac) : base(mac)
        {
            this.options = options;
            Begin();
        }

        /// <inheritdoc/>
        public override string[,] GetCounters()
        {
            return CounterTable.Make(Socket.Counters);
        }

        /// <summary>True while a partner is connected.</summary>
        public bool IsConnected => Socket.IsConnected;

        private protected override IOutsidePort Make(IPacketSink network, IReports reports)
        {
            return new StreamSocketPort(options, network, reports);
        }

        private protected override string Partner => IsConnected ? $"A partner is connected at {options.Address}" : $"No partner is connected at {options.Address}";

        private StreamSocketPort Socket => (StreamSocketPort)Port;

        private readonly StreamSocketOptions options;
    }
}
