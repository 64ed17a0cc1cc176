// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The PCI configuration access capability: a driver that cannot map the BAR, such as firmware, reaches its registers through
// configuration space. virtio v1.4-cs01: 4.1.4.9 "PCI configuration access capability".
//
// The driver writes bar, offset and length, and then reads or writes pci_cfg_data.

using VirtioNet.Pci;
using VirtioNet.Reports;
using VirtioNet.Spec;

namespace VirtioNet.Transport.Pci
{
    /// <summary>An access to pci_cfg_data is carried out on the register that bar, offset and length name, with its side effects.</summary>
    internal sealed class PciCfgAccess : VirtioCapability
    {
        /// <summary>Makes the capability, which names no register until the driver has written one.</summary>
        public PciCfgAccess(ModernStructures structures, IReports reports)
            : base(PciLayout.CapPciCfg, structures.Bar.Index, 0, 0, 0)
        {
            this.structures = structures;
            this.reports = reports;
        }

        /// <summary>Before pci_cfg_data is read, it is filled from the register (PCI-64).</summary>
        public override void BeforeRead(int offset, int width)
        {
            if(HoldsData(offset, width) && TryGetTarget(out var target, out var length))
            {
                Set(PciLayout.CapExtra, 4, structures.Read(target, length));
            }
        }

        /// <summary>After pci_cfg_data was written, its first length bytes are written to the register (PCI-63).</summary>
        public override void AfterWrite(int offset, int width)
        {
            if(HoldsData(offset, width) && TryGetTarget(out var target, out var length))
            {
                structures.Write(target, length, Get(PciLayout.CapExtra, length));
            }
        }

        /// <inheritdoc/>
        protected override void SetUp()
        {
            base.SetUp();
            AllowWrite(PciLayout.CapBar, 1, 0xFF);
            AllowWrite(PciLayout.CapOffset, 4, uint.MaxValue);
            AllowWrite(PciLayout.CapLength, 4, uint.MaxValue);
            AllowWrite(PciLayout.CapExtra, 4, uint.MaxValue);
        }

        // The register must lie in the BAR, at an offset aligned to its length of 1, 2 or 4. Else pci_cfg_data reads 0, and
        // a write of it has no effect (H-108).
        private bool TryGetTarget(out ulong offset, out int length)
        {
            var bar = Get(PciLayout.CapBar, 1);
            var lengthField = Get(PciLayout.CapLength, 4);
            offset = Get(PciLayout.CapOffset, 4);
            length = 0;
            if(bar == (uint)structures.Bar.Index && (lengthField == 1 || lengthField == 2 || lengthField == 4)
                && offset % lengthField == 0 && offset + lengthField <= structures.Bar.Size)
            {
                length = (int)lengthField;
                return true;
            }
            Set(PciLayout.CapExtra, 4, 0);
            reports.Misuse(FunctionRules.ConfigurationAccessTarget, offset, lengthField);
            return false;
        }

        // True if the access holds the first byte of pci_cfg_data, alone or after length in an access of 64 bits. Accesses to the
        // other bytes of pci_cfg_data reach no register.
        private static bool HoldsData(int offset, int width)
        {
            return offset <= PciLayout.CapExtra && PciLayout.CapExtra < offset + width;
        }

        private readonly ModernStructures structures;
        private readonly IReports reports;
    }
}
