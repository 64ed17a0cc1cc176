// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A base address register (BAR): an address range of a function, which the guest places. PCI Local Bus 3.0: 6.2.5.1
// "Address Maps".

using System;

namespace VirtioNet.Pci
{
    /// <summary>What a BAR decodes.</summary>
    public enum BarKind
    {
        /// <summary>I/O space.</summary>
        Io,
        /// <summary>Memory space below 4 GiB.</summary>
        Memory32,
        /// <summary>Memory space anywhere; takes two registers.</summary>
        Memory64,
    }

    /// <summary>
    /// Kind and size of an address range that a function asks the guest to place. The address itself is in the configuration
    /// space: <see cref="ConfigSpace.AddressOf"/>.
    /// </summary>
    public sealed class Bar
    {
        /// <summary>
        /// Describes a BAR. <paramref name="index"/> is 0..5, or 0..4 for a 64-bit one. <paramref name="size"/> is in bytes: a
        /// power of two, at least 16 (4 for I/O). Throws ArgumentOutOfRangeException for other values.
        /// </summary>
        public Bar(int index, BarKind kind, ulong size)
        {
            var registers = kind == BarKind.Memory64 ? 2 : 1;
            if(index < 0 || index + registers > PciSpec.BarCount)
            {
                throw new ArgumentOutOfRangeException(nameof(index), index, "a BAR has an index from 0 to 5, a 64-bit one from 0 to 4");
            }
            if(size < (kind == BarKind.Io ? 4U : 16U) || (size & (size - 1)) != 0)
            {
                throw new ArgumentOutOfRangeException(nameof(size), size, "the size of a BAR is a power of two, at least 16, or 4 for I/O");
            }
            Index = index;
            Kind = kind;
            Size = size;
        }

        /// <summary>Number of the (first) register: 0..5.</summary>
        public int Index { get; }

        /// <summary>What it decodes.</summary>
        public BarKind Kind { get; }

        /// <summary>Size in bytes.</summary>
        public ulong Size { get; }

        /// <summary>Offset of the (first) register in the configuration space.</summary>
        public int Register => PciSpec.Bar0 + 4 * Index;
    }
}
