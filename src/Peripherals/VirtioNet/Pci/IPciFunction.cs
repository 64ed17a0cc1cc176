// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What the bus needs of a function that is plugged into it.

namespace VirtioNet.Pci
{
    /// <summary>A PCI function. All calls come from the bus that it is plugged into, one at a time.</summary>
    public interface IPciFunction
    {
        /// <summary>The guest reads configuration space: 1, 2, 4 or 8 bytes, aligned, inside the function's 4096.</summary>
        ulong ReadConfig(int offset, int width);

        /// <summary>
        /// The guest writes configuration space. If the function then answers at other addresses it calls
        /// <see cref="PciBus.Rebuild"/>, and if it drives its interrupt pin otherwise, <see cref="PciBus.UpdateInterrupts"/>.
        /// </summary>
        void WriteConfig(int offset, int width, ulong value);

        /// <summary>Reads 1, 2, 4 or 8 bytes of what a BAR decodes; the range lies inside it.</summary>
        ulong ReadBar(Bar bar, ulong offset, int width);

        /// <summary>Writes 1, 2, 4 or 8 bytes of what a BAR decodes; the range lies inside it.</summary>
        void WriteBar(Bar bar, ulong offset, int width, ulong value);

        /// <summary>Tells the function which bus it is plugged into; null when it is pulled out.</summary>
        void PlugInto(PciBus? bus);

        /// <summary>The configuration space, for decoding.</summary>
        ConfigSpace Config { get; }

        /// <summary>True while the function drives its interrupt pin.</summary>
        bool InterruptAsserted { get; }
    }
}
