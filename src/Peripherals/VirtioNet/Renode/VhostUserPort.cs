// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A port of Renode's network for a virtual machine outside: QEMU, or whatever else is a front end of vhost-user, drives
// the same device and rings as a card, through shared memory. "emulation CreateVhostUserPort" in the monitor makes one.

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;

using VirtioNet.Net;
using VirtioNet.Outside;
using VirtioNet.Outside.VhostUser;
using VirtioNet.Reports;
using VirtioNet.Wire;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Monitor command that makes a port.</summary>
    public static class VhostUserPortExtensions
    {
        /// <summary>
        /// Makes a port that listens at a unix socket, to be connected to a network. The MTU is 68..65535 bytes, the queue
        /// size 1..32768 descriptors, queue pairs 1..128; features are those of a card, such as "+RING_PACKED".
        /// </summary>
        public static void CreateVhostUserPort(this Emulation emulation, string name, string path, long mtu = 1500, long queueSize = 1024, long queuePairs = 1, string features = "")
        {
            // The monitor can pass null for each text.
            var options = new NetOptions
            {
                // Only for Renode: the guest has the address that the virtual machine's owner has chosen.
                Mac = emulation.MACRepository.GenerateUniqueMAC().ToString(),
                Mtu = mtu,
                QueueSize = queueSize,
                QueuePairs = queuePairs,
                Features = features ?? "",
                HasControlQueue = false,
            };
            var faults = new Faults();
            ExternalPort.CheckName(faults, name);
            faults.Check(path?.Length is > 0 and <= MaxPath, $"path is \"{path}\"; it must be the path of a socket, of 1 to {MaxPath} bytes");
            faults.Check(options.Check);
            faults.ThrowIfAny();
            ExternalPort.Add(emulation, name, null, new VhostUserPort(path!, options));
        }

        // sun_path of struct sockaddr_un has room for so many, and a zero: unix(7).
        private const int MaxPath = 107;
    }

    /// <summary>The port. In its counters Tx is what the virtual machine sends.</summary>
    public sealed class VhostUserPort : ExternalPort
    {
        /// <summary>
        /// Makes the port, of options that are checked, and listens. Throws <see cref="Exceptions.RecoverableException"/> if it cannot
        /// listen.
        /// </summary>
        public VhostUserPort(string path, NetOptions options) : base(MACAddress.Parse(options.Mac), 0)
        {
            this.path = path;
            this.options = options;
            Begin();
        }

        /// <inheritdoc/>
        public override string[,] GetCounters()
        {
            return CounterTable.Make(Backend.Counters);
        }

        /// <summary>True while a front end is connected.</summary>
        public bool IsConnected => Backend.IsConnected;

        /// <summary>True while the guest's driver runs the queues.</summary>
        public bool IsRunning => Backend.IsRunning;

        /// <summary>The features that the driver has accepted, in hexadecimal.</summary>
        public string DriverFeatures => Backend.Features.ToString();

        /// <summary>Frames that the virtual machine has sent to the network.</summary>
        public ulong TxFrames => Backend.Counters.TxFrames;

        /// <summary>Frames that were put into the virtual machine's buffers.</summary>
        public ulong RxFrames => Backend.Counters.RxFrames;

        private protected override IOutsidePort Make(IPacketSink network, IReports reports)
        {
            return new VhostUserBackend(new VhostUserOptions(path), sink => new NetDevice(options, sink), network, reports);
        }

        private protected override string Partner => IsRunning ? $"The driver runs the port with features {DriverFeatures}"
            : IsConnected ? "A front end is connected, and its driver does not run"
            : "No front end is connected";

        private protected override string AddressRule => "The address of the card is the virtual machine's to choose: with QEMU, -device virtio-net-pci,mac=...";

        private VhostUserBackend Backend => (VhostUserBackend)Port;

        private readonly string path;
        private readonly NetOptions options;
    }
}
