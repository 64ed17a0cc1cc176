#nullable enable
// What the bus needs of a function behind it.

namespace VirtioNet.Pci
{
    /// <summary>A PCI function. All calls come from the bus it is plugged into, one at a time.</summary>
    public interface IPciFunction
    {
        /// <summary>Reads configuration space: 1, 2, 4 or 8 bytes inside one function's 4096.</summary>
        ulong ReadConfig(int offset, int width);

        /// <summary>Writes configuration space.</summary>
        void WriteConfig(int offset, int width, ulong value);

        /// <summary>Reads 1, 2, 4 or 8 bytes behind a BAR; the range lies inside it.</summary>
        ulong ReadBar(Bar bar, ulong offset, int width);

        /// <summary>Writes 1, 2, 4 or 8 bytes behind a BAR; the range lies inside it.</summary>
        void WriteBar(Bar bar, ulong offset, int width, ulong value);

        /// <summary>Tells the function who carries its interrupts; null when it is unplugged.</summary>
        void PlugInto(PciBus? bus);

        /// <summary>The configuration space, for decoding.</summary>
        ConfigSpace Config { get; }

        /// <summary>True while the function drives its interrupt pin.</summary>
        bool InterruptAsserted { get; }
    }
}
