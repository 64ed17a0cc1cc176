#nullable enable
// What goes wrong between a card and the rest of Renode because of what its guest has asked for.

using VirtioNet.Reports;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Rules for messages and frames on their way out of a card.</summary>
    internal static class CardRules
    {
        /// <summary>A message goes to whatever takes it on the bus, but not to the PCI host that it comes from.</summary>
        public static readonly Rule MessageToPci = new Rule("an MSI-X message is aimed at the PCI bus itself", "PCI Local Bus 3.0: 6.8.2");

        /// <summary>What is at a message's address has thrown.</summary>
        public static readonly Rule MessageNotTaken = new Rule("an MSI-X message was not taken at its address; log level Debug says why", "PCI Local Bus 3.0: 6.8.2");

        /// <summary>Renode's EthernetFrame parses every layer of a frame, and refuses what it cannot parse.</summary>
        public static readonly Rule FrameRefused = new Rule("Renode's network has refused a frame of this length; log level Debug says why", "docs/limits.md");
    }
}
