// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What goes wrong between a card and the rest of Renode because of what its guest has asked for.

using VirtioNet.Reports;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Rules for messages and frames on their way out of a card.</summary>
    internal static class CardRules
    {
        /// <summary>A message goes to whatever takes it on the bus, but not to registers of a virtio card or of a PCI host.</summary>
        public static readonly Rule MessageToCard = new Rule("an MSI-X message is aimed at registers of a virtio card or a PCI host", "PCI Local Bus 3.0: 6.8.2");

        /// <summary>What is at a message's address has thrown.</summary>
        public static readonly Rule MessageNotTaken = new Rule("an MSI-X message was not taken at its address; log level Debug says why", "PCI Local Bus 3.0: 6.8.2");

        /// <summary>A message names an interrupt that the doorbell does not have.</summary>
        public static readonly Rule MessageWithoutInterrupt = new Rule("a message raises an INTID that the GICv2m frame does not have", "Arm Server Base System Architecture 3.0: E.1");

        /// <summary>The doorbell has no register at this offset for this kind of access.</summary>
        public static readonly Rule NoDoorbellRegister = new Rule("the GICv2m frame has no such register to read or write", "Arm Server Base System Architecture 3.0: E.1");

        /// <summary>Renode's EthernetFrame parses every layer of a frame, and refuses what it cannot parse.</summary>
        public static readonly Rule FrameRefused = new Rule("Renode's network has refused a frame of this length; log level Debug says why", "docs/limits.md");

        /// <summary>A frame from Renode's network that Renode itself cannot turn into bytes.</summary>
        public static readonly Rule FrameNotReadable = new Rule("a frame from Renode's network was lost, because it cannot be read; log level Debug says why", "docs/limits.md");

        /// <summary>A frame for a virtual machine has thrown in the port.</summary>
        public static readonly Rule PortFailed = new Rule("defect in the vhost-user port while it received a frame of this length, please report it; log level Debug says more", "docs/virtual-machines.md");

        /// <summary>A guest has sent more than is kept until frames leave.</summary>
        public static readonly Rule TooManyFramesWait = new Rule("a frame was lost, because more bytes than this wait for the next synchronisation of the emulation", "docs/limits.md");
    }
}
