// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The configuration space of one function: bytes, for each bit whether the guest may write it, and the capabilities
// that act on reads and writes of their registers. PCI Local Bus 3.0: 6.1 "Configuration Space Organization",
// 6.2 "Configuration Space Functions", 6.7 "Capabilities List".
//
// Read and Write are the guest's accesses; Get and Set are the device's own, without side effects.

using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace VirtioNet.Pci
{
    /// <summary>
    /// A type-0 configuration space of 4096 bytes. Registers that do not exist read 0 and ignore writes (PCIH-01); a write
    /// changes no byte outside its width (PCIH-03).
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

        /// <summary>
        /// The guest reads 1, 2, 4 or 8 bytes, little-endian. First each capability that holds one of them can update its
        /// registers (<see cref="PciCapability.BeforeRead"/>), then the bytes are read. The range must lie inside the space.
        /// </summary>
        public ulong Read(int offset, int width)
        {
            foreach(var capability in capabilities)
            {
                if(capability.IsTouchedBy(offset, width, out var start, out var count))
                {
                    capability.BeforeRead(start, count);
                }
            }
            return Get(offset, width);
        }

        /// <summary>
        /// The guest writes 1, 2, 4 or 8 bytes, little-endian. First the bits that it may write change, then each capability that
        /// holds a byte of the range acts (<see cref="PciCapability.AfterWrite"/>). After one has asked for a reset of the
        /// function, no other acts. The range must lie inside the space.
        /// </summary>
        public void Write(int offset, int width, ulong value)
        {
            for(var i = 0; i < width; i++)
            {
                var mask = writable[offset + i];
                data[offset + i] = unchecked((byte)((data[offset + i] & ~mask) | ((byte)(value >> (8 * i)) & mask)));
            }
            foreach(var capability in capabilities)
            {
                if(!ResetRequested && capability.IsTouchedBy(offset, width, out var start, out var count))
                {
                    capability.AfterWrite(start, count);
                }
            }
        }

        /// <summary>Reads 1, 2, 4 or 8 bytes, little-endian, without side effects.</summary>
        public ulong Get(int offset, int width)
        {
            var value = 0UL;
            for(var i = width - 1; i >= 0; i--)
            {
                value = (value << 8) | data[offset + i];
            }
            return value;
        }

        /// <summary>Sets 1 to 8 bytes, little-endian, also those that the guest may not write, without side effects.</summary>
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
        /// Adds a BAR: sets its type bits, and makes the address bits writable that are worth its size or more. A guest that writes
        /// all ones therefore reads back the size (PCIH-04). From now on the guest can also write the bit of Command that enables
        /// this kind of BAR, I/O or memory; until then it reads 0.
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
        /// Appends a capability to the list, at the next offset that is a multiple of 4. Throws <see cref="InvalidOperationException"/>
        /// if the 192 bytes for capabilities are used up.
        /// </summary>
        public void Add(PciCapability capability)
        {
            var offset = capabilitiesEnd;
            if(offset + capability.Size > PciSpec.CapabilitiesEnd)
            {
                throw new InvalidOperationException($"capability 0x{capability.Id:X2} of {capability.Size} bytes does not fit between 0x{offset:X2} and 0x{PciSpec.CapabilitiesEnd:X}");
            }
            Set(offset, 1, capability.Id);
            Set(lastLink, 1, (uint)offset);
            Set(PciSpec.Status, 2, Get(PciSpec.Status, 2) | PciSpec.StatusCapabilities);
            lastLink = offset + 1;
            capabilitiesEnd = (offset + capability.Size + 3) & ~3;
            capabilities.Add(capability);
            capability.AddedTo(this, offset);
        }

        /// <summary>The address that the guest gave the BAR.</summary>
        public ulong AddressOf(Bar bar)
        {
            switch(bar.Kind)
            {
                case BarKind.Io:
                    return Get(bar.Register, 4) & ~(ulong)PciSpec.BarIoTypeMask;
                case BarKind.Memory32:
                    return Get(bar.Register, 4) & ~(ulong)PciSpec.BarMemoryTypeMask;
                default:
                    return Get(bar.Register, 8) & ~(ulong)PciSpec.BarMemoryTypeMask;
            }
        }

        /// <summary>True if the Command register lets the function answer at the BAR (PCIH-05).</summary>
        public bool Decodes(Bar bar)
        {
            return (Command & (bar.Kind == BarKind.Io ? PciSpec.CommandIo : PciSpec.CommandMemory)) != 0;
        }

        /// <summary>Ends the set-up: <see cref="Reset"/> brings back the values that the registers have now.</summary>
        public void Seal()
        {
            data.CopyTo(initial, 0);
        }

        /// <summary>Brings back the values that the registers had at <see cref="Seal"/>, then resets the capabilities.</summary>
        public void Reset()
        {
            initial.CopyTo(data, 0);
            IsAsleep = false;
            MessagesEnabled = false;
            ResetRequested = false;
            foreach(var capability in capabilities)
            {
                capability.Reset();
            }
        }

        /// <summary>
        /// The Command register as it takes effect. While the function is asleep the register's value is ignored: the function
        /// decodes no BAR, reads and writes no memory, and raises no interrupt.
        /// </summary>
        public ushort Command => IsAsleep
            ? PciSpec.CommandInterruptDisable
            : BinaryPrimitives.ReadUInt16LittleEndian(new ReadOnlySpan<byte>(data, PciSpec.Command, 2));

        /// <summary>
        /// Everything that decides at which addresses the function answers: the bits of Command that enable I/O and memory, and
        /// the BAR registers. The bus has to rebuild its windows if the value has changed, and only then.
        /// </summary>
        public (int Spaces, ulong Bars01, ulong Bars23, ulong Bars45) Decoding =>
            (Command & (PciSpec.CommandIo | PciSpec.CommandMemory), Get(PciSpec.Bar0, 8), Get(PciSpec.Bar0 + 8, 8), Get(PciSpec.Bar0 + 16, 8));

        /// <summary>
        /// True in a power state in which the function answers only configuration accesses. Set by <see cref="PowerManagement"/>.
        /// </summary>
        public bool IsAsleep { get; set; }

        /// <summary>True while MSI-X is enabled: the function then does not assert its interrupt pin. Set by <see cref="Msix"/>.</summary>
        public bool MessagesEnabled { get; set; }

        /// <summary>
        /// True from a guest's write that asks for a function-level reset until that is done. Set by <see cref="PciExpress"/>.
        /// </summary>
        public bool ResetRequested { get; set; }

        /// <summary>The BARs, in the order in which they were added.</summary>
        public IReadOnlyList<Bar> Bars => bars;

        /// <summary>The capabilities, in the order of the list.</summary>
        public IReadOnlyList<PciCapability> Capabilities => capabilities;

        private int capabilitiesEnd = PciSpec.FirstCapability;
        private int lastLink = PciSpec.CapabilitiesPointer;

        private readonly byte[] data = new byte[PciSpec.ConfigSize];
        private readonly byte[] initial = new byte[PciSpec.ConfigSize];
        private readonly byte[] writable = new byte[PciSpec.ConfigSize];
        private readonly List<Bar> bars = new List<Bar>();
        private readonly List<PciCapability> capabilities = new List<PciCapability>();
    }
}
