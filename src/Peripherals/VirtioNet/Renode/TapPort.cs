// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A port of Renode's network for the host itself, over a TAP interface. Unlike Renode's own TAP it takes and gives large and unfinished
// packets, says what is missing, and tells the user when the interface is gone.

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;

using VirtioNet.Outside;
using VirtioNet.Outside.Tap;
using VirtioNet.Reports;
using VirtioNet.Wire;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Monitor command that makes a port.</summary>
    public static class TapPortExtensions
    {
        /// <summary>
        /// Opens a TAP interface of the host, which is made if there is none and Renode may, and connects it to a network if one is named.
        /// </summary>
        public static void CreateTapPort(this Emulation emulation, string name, string @interface, IConnectable<IMACInterface>? network = null)
        {
            var faults = new Faults();
            ExternalPort.CheckName(faults, name);
            faults.Check(() => TapInterfacePort.CheckName(@interface));
            faults.ThrowIfAny();
            ExternalPort.Add(emulation, name, network, new TapPort(@interface, emulation.MACRepository.GenerateUniqueMAC()));
        }
    }

    /// <summary>The port. In its counters Sent is what goes to the host.</summary>
    public sealed class TapPort : ExternalPort
    {
        /// <summary>Makes the port, and opens the interface. Throws <see cref="Exceptions.RecoverableException"/>, with the remedy, if it cannot.</summary>
        public TapPort(string @interface, MACAddress mac) : base(mac)
        {
            name = @interface;
            Begin();
        }

        /// <inheritdoc/>
        public override string[,] GetCounters()
        {
            return CounterTable.Make(Interface.Counters);
        }

        /// <summary>True while the interface is open.</summary>
        public bool IsOpen => Interface.IsOpen;

        private protected override IOutsidePort Make(IPacketSink network, IReports reports)
        {
            return new TapInterfacePort(name, network, reports);
        }

        private protected override string Partner => IsOpen ? $"The host's interface {name} is open" : $"The host's interface {name} is not there";

        private protected override string AddressRule => "The address of the interface is the host's to choose: ip link set ... address ...";

        private TapInterfacePort Interface => (TapInterfacePort)Port;

        private readonly string name;
    }
}
