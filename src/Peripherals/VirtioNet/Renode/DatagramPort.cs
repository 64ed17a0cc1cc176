// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A port of Renode's network for a partner at a datagram socket, such as QEMU's "-netdev dgram".

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;

using VirtioNet.Outside;
using VirtioNet.Outside.Sockets;
using VirtioNet.Reports;
using VirtioNet.Wire;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Monitor command that makes a port.</summary>
    public static class DatagramPortExtensions
    {
        /// <summary>
        /// Makes a port at a datagram socket, in QEMU's words, such as "local.type=unix,local.path=/tmp/net0,remote.type=unix,
        /// remote.path=/tmp/guest0", and connects it to a network if one is named.
        /// </summary>
        public static void CreateDatagramPort(this Emulation emulation, string name, string words, IConnectable<IMACInterface>? network = null)
        {
            DatagramSocketOptions? options = null;
            var faults = new Faults();
            ExternalPort.CheckName(faults, name);
            faults.Check(() => options = DatagramSocketOptions.Parse(words ?? ""));
            faults.ThrowIfAny();
            ExternalPort.Add(emulation, name, network, new DatagramPort(options!, emulation.MACRepository.GenerateUniqueMAC()));
        }
    }

    /// <summary>The port. In its counters Sent is what goes to the partner.</summary>
    public sealed class DatagramPort : ExternalPort
    {
        /// <summary>Makes the port, and takes frames. Throws <see cref="Exceptions.RecoverableException"/> if an address cannot be had.</summary>
        public DatagramPort(DatagramSocketOptions options, MACAddress mac) : base(mac)
        {
            this.options = options;
            Begin();
        }

        /// <inheritdoc/>
        public override string[,] GetCounters()
        {
            return CounterTable.Make(((DatagramSocketPort)Port).Counters);
        }

        private protected override IOutsidePort Make(IPacketSink network, IReports reports)
        {
            return new DatagramSocketPort(options, network, reports);
        }

        private protected override string Partner => $"Datagrams go from {options.Local} to {options.Remote}";

        private readonly DatagramSocketOptions options;
    }
}
