// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A port of Renode's network to the host's own, by passt: guests get an address by DHCP and reach what Renode's user reaches.

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;

using VirtioNet.Outside;
using VirtioNet.Outside.Sockets;
using VirtioNet.Reports;
using VirtioNet.Wire;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Monitor command that makes a port.</summary>
    public static class PasstPortExtensions
    {
        /// <summary>
        /// Starts passt, which needs no privilege, and connects it to a network if one is named. The words are docs/outside.md's, such
        /// as "tcp-ports=2222:22"; none are needed.
        /// </summary>
        public static void CreatePasst(this Emulation emulation, string name, IConnectable<IMACInterface>? network = null, string words = "")
        {
            PasstOptions? options = null;
            var faults = new Faults();
            ExternalPort.CheckName(faults, name);
            faults.Check(() => options = PasstOptions.Parse(words ?? ""));
            faults.ThrowIfAny();
            ExternalPort.Add(emulation, name, network, new PasstPort(options!, emulation.MACRepository.GenerateUniqueMAC()));
        }
    }

    /// <summary>The port. passt ends with it, and a loaded snapshot starts another one. In its counters Sent is what goes to passt.</summary>
    public sealed class PasstPort : ExternalPort
    {
        /// <summary>Makes the port, and starts passt. Throws <see cref="Exceptions.RecoverableException"/>, with the remedy, if it cannot.</summary>
        public PasstPort(PasstOptions options, MACAddress mac) : base(mac)
        {
            this.options = options;
            Begin();
        }

        /// <inheritdoc/>
        public override string[,] GetCounters()
        {
            return CounterTable.Make(Socket.Counters);
        }

        /// <summary>True while passt runs.</summary>
        public bool IsConnected => Socket.IsConnected;

        private protected override IOutsidePort Make(IPacketSink network, IReports reports)
        {
            return new StreamSocketPort(options, network, reports);
        }

        private protected override string Partner => IsConnected ? "passt runs" : "passt does not run";

        private protected override string AddressRule => "The address of the guests' router is passt's to choose: with CreatePasst, mac=...";

        private StreamSocketPort Socket => (StreamSocketPort)Port;

        private readonly PasstOptions options;
    }
}
