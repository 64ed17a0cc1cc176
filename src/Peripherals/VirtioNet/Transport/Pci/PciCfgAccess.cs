#nullable enable
// The PCI configuration access capability: a window to the BAR for a driver that cannot map it, such as firmware.
// virtio v1.4-cs01: 4.1.4.9.

using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Transport.Pci
{
    /// <summary>Accesses to pci_cfg_data reach the register that bar, offset and length name, with its side effects.</summary>
    internal sealed class PciCfgAccess
    {
        /// <summary>Makes the capability at an offset writable where a driver may write it.</summary>
        public PciCfgAccess(int capability, VirtioPciFunction function, ModernStructures structures)
        {
            this.capability = capability;
            this.function = function;
            this.structures = structures;
            function.Config.AllowWrite(capability + PciLayout.CapBar, 1, 0xFF);
            function.Config.AllowWrite(capability + PciLayout.CapOffset, 8, ulong.MaxValue);
            function.Config.AllowWrite(capability + PciLayout.CapExtra, 4, uint.MaxValue);
        }

        /// <summary>PCI-64: before pci_cfg_data is read, it is filled from the BAR.</summary>
        public void BeforeRead(int offset, int width)
        {
            if(HoldsData(offset, width) && TryGetTarget(out var target, out var length))
            {
                function.Config.Set(Data, 4, structures.Read(target, length));
            }
        }

        /// <summary>PCI-63: after pci_cfg_data was written, its first length bytes are written to the BAR.</summary>
        public void AfterWrite(int offset, int width)
        {
            if(HoldsData(offset, width) && TryGetTarget(out var target, out var length))
            {
                structures.Write(target, length, function.Config.Read(Data, length));
            }
        }

        // H-108: an existing BAR, a length of 1, 2 or 4, an offset aligned to it and inside the BAR.
        private bool TryGetTarget(out ulong offset, out int length)
        {
            var config = function.Config;
            var bar = config.Read(capability + PciLayout.CapBar, 1);
            var lengthField = config.Read(capability + PciLayout.CapLength, 4);
            offset = config.Read(capability + PciLayout.CapOffset, 4);
            length = 0;
            if(bar == (uint)structures.Bar.Index && (lengthField == 1 || lengthField == 2 || lengthField == 4)
                && offset % lengthField == 0 && offset + lengthField <= structures.Bar.Size)
            {
                length = (int)lengthField;
                return true;
            }
            config.Set(Data, 4, 0);
            function.Transport.Reports.Misuse(FunctionRules.ConfigurationAccessTarget, offset, lengthField);
            return false;
        }

        // A 64-bit access to length and data holds it in its upper half.
        private bool HoldsData(int offset, int width)
        {
            return offset <= Data && Data < offset + width;
        }

        private int Data => capability + PciLayout.CapExtra;

        private readonly int capability;
        private readonly VirtioPciFunction function;
        private readonly ModernStructures structures;
    }
}
