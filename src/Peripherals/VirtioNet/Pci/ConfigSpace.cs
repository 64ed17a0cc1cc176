#nullable enable
// The configuration space of one function: bytes, and for each bit whether the guest may write it.
// PCI Local Bus 3.0: 6.1 "Configuration Space Organization", 6.2 "Configuration Space Functions".

using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace VirtioNet.Pci
{
    /// <summary>
    /// A type-0 configuration space with per-bit write masks. Registers that do not exist read 0 and
    /// ignore writes; a write changes no byte outside its width (PCIH-01, PCIH-03).
    /// </summary>
    public sealed class ConfigSpace
    {
        /// <summary>Makes a header with the writable bits that every function has.</summary>
        public ConfigSpace()
        {
            AllowWrite(PciSpec.Command, 2, PciSpec.CommandBusMaster | PciSpec.CommandParity | PciSpec.CommandSerr | PciSpec.CommandInterruptDisable);
            AllowWrite(PciSpec.CacheLineSize, 1, 0xFF);
            AllowWrite(PciSpec.InterruptLine, 1, 0xFF);
        }

        /// <summary>Reads 1, 2, 4 or 8 bytes, little-endian. The range must lie inside the space.</summary>
        public ulong Read(int offset, int width)
        {
            var value = 0UL;
            for(var i = width - 1; i >= 0; i--)
            {
                value = (value << 8) | data[offset + i];
            }
            return value;
        }

        /// <summary>Writes the bits that the guest may write. The range must lie inside the space.</summary>
        public void Write(int offset, int width, ulong value)
        {
            for(var i = 0; i < width; i++)
            {
                var mask = writable[offset + i];
                data[offset + i] = unchecked((byte)((data[offset + i] & ~mask) | ((byte)(value >> (8 * i)) & mask)));
            }
        }

        /// <summary>Sets a value as the device sees fit, whatever the guest may write.</summary>
        public void Set(int offset, int width, ulong value)
        {
            for(var i = 0; i < width; i++)
            {
                data[offset + i] = unchecked((byte)(value >> (8 * i)));
            }
        }

        /// <summary>Lets the guest write these bits too.</summary>
        public void AllowWrite(int offset, int width, ulong mask)
        {
            for(var i = 0; i < width; i++)
            {
                writable[offset + i] |= unchecked((byte)(mask >> (8 * i)));
            }
        }

        /// <summary>
        /// Adds a BAR: its type bits, and as writable bits those of its address, so that sizing by writing
        /// all ones works by itself (PCIH-04). A function without I/O BARs has no I/O Space bit.
        /// </summary>
        public void Add(Bar bar)
        {
            bars.Add(bar);
            var addressBits = ~(bar.Size - 1);
            switch(bar.Kind)
            {
                case BarKind.Io:
                    Set(bar.Register, 4, PciSpec.BarIo);
                    AllowWrite(bar.Register, 4, addressBits);
                    AllowWrite(PciSpec.Command, 2, PciSpec.CommandIo);
                    break;
                case BarKind.Memory32:
                    AllowWrite(bar.Register, 4, addressBits);
                    AllowWrite(PciSpec.Command, 2, PciSpec.CommandMemory);
                    break;
                default:
                    Set(bar.Register, 4, PciSpec.BarMemory64);
                    AllowWrite(bar.Register, 8, addressBits);
                    AllowWrite(PciSpec.Command, 2, PciSpec.CommandMemory);
                    break;
            }
        }

        /// <summary>
        /// Appends a capability of <paramref name="size"/> bytes to the list, read-only so far, and returns its offset.
        /// </summary>
        public int AddCapability(byte id, int size)
        {
            var offset = capabilitiesEnd;
            if(offset + size > PciSpec.CapabilitiesEnd)
            {
                throw new InvalidOperationException($"no room for capability 0x{id:X2} of {size} bytes behind 0x{offset:X2}");
            }
            Set(offset, 1, id);
            Set(lastLink, 1, (uint)offset);
            Set(PciSpec.Status, 2, Read(PciSpec.Status, 2) | PciSpec.StatusCapabilities);
            lastLink = offset + 1;
            capabilitiesEnd = (offset + size + 3) & ~3;
            return offset;
        }

        /// <summary>The address that the guest gave the BAR.</summary>
        public ulong AddressOf(Bar bar)
        {
            switch(bar.Kind)
            {
                case BarKind.Io:
                    return Read(bar.Register, 4) & ~(ulong)PciSpec.BarIoTypeMask;
                case BarKind.Memory32:
                    return Read(bar.Register, 4) & ~(ulong)PciSpec.BarMemoryTypeMask;
                default:
                    return Read(bar.Register, 8) & ~(ulong)PciSpec.BarMemoryTypeMask;
            }
        }

        /// <summary>True if the Command register lets the function answer at the BAR (PCIH-05).</summary>
        public bool Decodes(Bar bar)
        {
            return (Command & (bar.Kind == BarKind.Io ? PciSpec.CommandIo : PciSpec.CommandMemory)) != 0;
        }

        /// <summary>Declares the set-up done: the values of now are those that a reset brings back.</summary>
        public void Seal()
        {
            data.CopyTo(initial, 0);
        }

        /// <summary>Brings back the values of <see cref="Seal"/>.</summary>
        public void Reset()
        {
            initial.CopyTo(data, 0);
            Asleep = false;
        }

        /// <summary>
        /// The Command register as it takes effect: asleep, a function decodes nothing, reads and writes no
        /// memory, and interrupts nobody.
        /// </summary>
        public ushort Command => Asleep
            ? PciSpec.CommandInterruptDisable
            : BinaryPrimitives.ReadUInt16LittleEndian(new ReadOnlySpan<byte>(data, PciSpec.Command, 2));

        /// <summary>True in a power state in which the function answers configuration accesses alone.</summary>
        public bool Asleep { get; set; }

        /// <summary>The BARs, in the order they were added.</summary>
        public IReadOnlyList<Bar> Bars => bars;

        private int capabilitiesEnd = PciSpec.FirstCapability;
        private int lastLink = PciSpec.CapabilitiesPointer;

        private readonly byte[] data = new byte[PciSpec.ConfigSize];
        private readonly byte[] initial = new byte[PciSpec.ConfigSize];
        private readonly byte[] writable = new byte[PciSpec.ConfigSize];
        private readonly List<Bar> bars = new List<Bar>();
    }
}
