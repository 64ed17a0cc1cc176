// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// struct virtio_pci_cap, a vendor-specific capability that says where a structure of the modern interface lies.
// virtio v1.4-cs01: 4.1.4 "Virtio Structure PCI Capabilities". Drawn in Spec/PciLayout.cs.

using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Transport.Pci
{
    /// <summary>Points a driver at a structure in a BAR. All of it is read-only, unless a derived class says otherwise.</summary>
    internal class VirtioCapability : PciCapability
    {
        /// <summary>
        /// Takes cfg_type, and the structure's BAR, offset and length there in bytes; <paramref name="extra"/> is the field
        /// that NOTIFY_CFG and PCI_CFG have in addition.
        /// </summary>
        public VirtioCapability(byte type, int bar, ulong offset, uint length, uint? extra = null)
            : base(PciSpec.CapabilityVendor, extra == null ? PciLayout.CapSize : PciLayout.CapSizeExtra)
        {
            this.type = type;
            this.bar = bar;
            this.offset = offset;
            this.length = length;
            this.extra = extra;
        }

        /// <inheritdoc/>
        protected override void SetUp()
        {
            Set(PciLayout.CapLen, 1, (uint)Size);
            Set(PciLayout.CapCfgType, 1, type);
            Set(PciLayout.CapBar, 1, (uint)bar);
            Set(PciLayout.CapOffset, 4, offset);
            Set(PciLayout.CapLength, 4, length);
            if(extra is uint value)
            {
                Set(PciLayout.CapExtra, 4, value);
            }
        }

        private readonly byte type;
        private readonly int bar;
        private readonly ulong offset;
        private readonly uint length;
        private readonly uint? extra;
    }
}
