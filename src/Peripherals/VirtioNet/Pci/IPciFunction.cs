// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What the bus needs of a function that is plugged into it.

namespace VirtioNet.Pci
{
    /// <summary>A PCI function. All calls come from the bus that it is plugged into, one at a time.</summary>
    public interface IPciFunction
    {
        /// <summary>The guest reads configuration space: 1, 2, 4 or 8 bytes, aligned, inside the function's 4096 bytes.</summary>
        ulong ReadConfig(int offset, int width);

        /// <summary>
        /// The guest writes configuration space, in the same units. If the write changes the addresses at which the function
        /// answers, the function calls <see cref="PciBus.Rebuild"/>; if it changes the level of its interrupt pin,
        /// <see cref="PciBus.UpdateInterrupts"/>.
        /// </summary>
        void WriteConfig(int offset, int width, ulong value);

        /// <summary>Reads 1, 2, 4 or 8 bytes at an offset into a BAR; the range lies inside it.</summary>
        ulong ReadBar(Bar bar, ulong offset, int width);

        /// <summary>Writes 1, 2, 4 or 8 bytes at an offset into a BAR; the range lies inside it.</summary>
        void WriteBar(Bar bar, ulong offset, int width, ulong value);

        /// <summary>Tells the function which bus it is plugged into; null when it is pulled out.</summary>
        void PlugInto(PciBus? bus);

        /// <summary>The configuration space. The bus reads its BARs, its Command register and its interrupt pin.</summary>
        ConfigSpace Config { get; }

        /// <summary>True while the function drives its interrupt pin.</summary>
        bool InterruptAsserted { get; }
    }
}
