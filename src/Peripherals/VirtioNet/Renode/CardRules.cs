// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What goes wrong between a card, port or doorbell and the rest of Renode, because of what a guest or a peer has sent.

using VirtioNet.Reports;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Rules for interrupt messages, and for frames on their way to and from Renode's network.</summary>
    internal static class CardRules
    {
        /// <summary>
        /// A message is written to whatever is on the bus at its address, except registers of a virtio card or of a PCI host.
        /// </summary>
        public static readonly Rule MessageToCard = new Rule("an MSI-X message is aimed at registers of a virtio card or a PCI host", "PCI Local Bus 3.0: 6.8.2");

        /// <summary>The peripheral at a message's address has thrown.</summary>
        public static readonly Rule MessageNotTaken = new Rule("an MSI-X message was not taken at its address; log level Debug says why", "PCI Local Bus 3.0: 6.8.2");

        /// <summary>A message names an interrupt that the doorbell, a GICv2m frame, does not have.</summary>
        public static readonly Rule MessageWithoutInterrupt = new Rule("a message raises an INTID that the GICv2m frame does not have", "Arm Server Base System Architecture 3.0: E.1");

        /// <summary>The doorbell has no register at this offset for this kind of access.</summary>
        public static readonly Rule NoDoorbellRegister = new Rule("the GICv2m frame has no such register to read or write", "Arm Server Base System Architecture 3.0: E.1");

        /// <summary>Renode's EthernetFrame parses every layer of a frame, and refuses what it cannot parse.</summary>
        public static readonly Rule FrameRefused = new Rule("Renode's network has refused a frame of this length; log level Debug says why", "docs/limits.md");

        /// <summary>A frame from Renode's network that Renode itself cannot turn into bytes.</summary>
        public static readonly Rule FrameNotReadable = new Rule("a frame from Renode's network was lost, because it cannot be read; log level Debug says why", "docs/limits.md");

        /// <summary>A port for another process has thrown while it received a frame.</summary>
        public static readonly Rule PortFailed = new Rule("defect in the port while it received a frame of this length, please report it; log level Debug says more", "docs/outside.md");

        /// <summary>A guest has sent more than NetworkExit keeps until frames may leave.</summary>
        public static readonly Rule TooManyFramesWait = new Rule("a frame was lost, because more bytes than this wait for the next synchronisation of the emulation", "docs/limits.md");
    }
}
