// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// MSI-X: interrupts as memory writes. PCI Local Bus 3.0: 6.8.2 "MSI-X Capability and Table Structure".
//
//   capability (12 bytes)                       table entry (16 bytes)
//   +2 message control u16:                     +0  message address (low)  u32
//        10..0 table size - 1, 14 function      +4  message address (high) u32
//        mask, 15 enable                        +8  message data           u32
//   +4 table offset | BAR u32                   +12 vector control u32: bit 0 mask
//   +8 pending bits offset | BAR u32

using System;

namespace VirtioNet.Pci
{
    /// <summary>Carries the messages of a function to the platform.</summary>
    public interface IMessageSink
    {
        /// <summary>Writes 32 bits to an address of the guest's address space.</summary>
        void SendMessage(ulong address, uint data);
    }

    /// <summary>
    /// The capability with its table and pending bits. While a vector is masked, MSI-X is disabled, or the function is no bus
    /// master, a notified vector is only marked as pending. One message is sent for it as soon as nothing holds it back,
    /// however often it was notified (PCIH-07).
    /// </summary>
    public sealed class Msix : PciCapability
    {
        /// <summary>
        /// Makes a table of 1 to 2048 vectors, all masked. The BAR holds the table at offset 0 and the pending bits after it;
        /// <see cref="BarSize"/> tells how large it must be.
        /// </summary>
        public Msix(Bar bar, int vectors, IMessageSink sink)
            : base(PciSpec.CapabilityMsix, CapabilitySize)
        {
            this.bar = bar;
            this.sink = sink;
            Vectors = vectors;
            entries = new Entry[vectors];
            Reset();
        }

        /// <summary>Size in bytes of a BAR for so many vectors: a power of two, at least a page.</summary>
        public static ulong BarSize(int vectors)
        {
            var size = 0x1000UL;
            while(size < PendingStart(vectors) + PendingBytes(vectors))
            {
                size *= 2;
            }
            return size;
        }

        /// <summary>Reads table or pending bits: 4 or 8 aligned bytes. Anything else reads 0 (H-101).</summary>
        public ulong Read(ulong offset, int width)
        {
            if(width == sizeof(ulong) && offset % sizeof(ulong) == 0)
            {
                return ReadField(offset) | ((ulong)ReadField(offset + sizeof(uint)) << 32);
            }
            return width == sizeof(uint) && offset % sizeof(uint) == 0 ? ReadField(offset) : 0U;
        }

        /// <summary>Writes the table: 4 or 8 aligned bytes. False for any other access, and for the read-only pending bits (H-101).</summary>
        public bool TryWrite(ulong offset, int width, ulong value)
        {
            if(width == sizeof(ulong) && offset % sizeof(ulong) == 0)
            {
                return TryWriteField(offset, (uint)(value & uint.MaxValue)) && TryWriteField(offset + sizeof(uint), (uint)(value >> 32));
            }
            return width == sizeof(uint) && offset % sizeof(uint) == 0 && TryWriteField(offset, (uint)(value & uint.MaxValue));
        }

        /// <summary>Sends the vector's message, or marks the vector as pending if it cannot be sent now. The vector must exist.</summary>
        public void Notify(int vector)
        {
            entries[vector].Pending = true;
            Deliver(vector);
        }

        /// <summary>Forgets what is pending; the table stays as the guest wrote it.</summary>
        public void ClearPending()
        {
            for(var vector = 0; vector < entries.Length; vector++)
            {
                entries[vector].Pending = false;
            }
        }

        /// <summary>Applies the guest's write to message control, and sends pending vectors that nothing holds back any more.</summary>
        public override void AfterWrite(int offset, int width)
        {
            Config.MessagesEnabled = Enabled;
            DeliverPending();
        }

        /// <inheritdoc/>
        public override void BusMasterChanged(bool isMaster)
        {
            maySend = isMaster;
            DeliverPending();
        }

        /// <summary>Forgets all messages and what is pending; every vector is masked, as at power-on.</summary>
        public override void Reset()
        {
            Array.Clear(entries, 0, entries.Length);
            for(var vector = 0; vector < entries.Length; vector++)
            {
                entries[vector].Control = VectorMask;
            }
        }

        /// <summary>Count of vectors.</summary>
        public int Vectors { get; }

        /// <summary>True if the guest has enabled MSI-X: the function's interrupt pin is silent then.</summary>
        public bool Enabled => (Control & Enable) != 0;

        /// <inheritdoc/>
        protected override void SetUp()
        {
            Set(MessageControl, 2, (uint)Vectors - 1);
            AllowWrite(MessageControl, 2, Enable | FunctionMask);
            Set(TableOffset, 4, (uint)bar.Index);
            Set(PendingOffset, 4, PendingStart(Vectors) | (uint)bar.Index);
        }

        private void DeliverPending()
        {
            for(var vector = 0; vector < entries.Length; vector++)
            {
                Deliver(vector);
            }
        }

        private void Deliver(int vector)
        {
            ref var entry = ref entries[vector];
            var masked = (Control & FunctionMask) != 0 || (entry.Control & VectorMask) != 0;
            // A message is a write to memory: the function sends none while it is no bus master (H-109).
            if(entry.Pending && Enabled && !masked && maySend)
            {
                entry.Pending = false;
                sink.SendMessage(entry.Address, entry.Data);
            }
        }

        private uint ReadField(ulong offset)
        {
            if(offset < (ulong)entries.Length * EntrySize)
            {
                ref var entry = ref entries[(int)(offset / EntrySize)];
                switch(offset % EntrySize)
                {
                    case 0: return (uint)(entry.Address & uint.MaxValue);
                    case 4: return (uint)(entry.Address >> 32);
                    case 8: return entry.Data;
                    default: return entry.Control;
                }
            }
            // The pending bits begin where the table ends.
            var bits = 0U;
            var first = (int)(offset - PendingStart(Vectors)) * 8;
            for(var i = 0; i < 32 && first + i < entries.Length; i++)
            {
                bits |= entries[first + i].Pending ? 1U << i : 0;
            }
            return bits;
        }

        private bool TryWriteField(ulong offset, uint value)
        {
            if(offset >= (ulong)entries.Length * EntrySize)
            {
                // The pending bits are read-only.
                return false;
            }
            var vector = (int)(offset / EntrySize);
            ref var entry = ref entries[vector];
            switch(offset % EntrySize)
            {
                case 0:
                    // The two lowest bits are always 0: a message is a write of an aligned 32-bit word.
                    entry.Address = (entry.Address & ~(ulong)uint.MaxValue) | (value & ~3U);
                    break;
                case 4:
                    entry.Address = (entry.Address & uint.MaxValue) | ((ulong)value << 32);
                    break;
                case 8:
                    entry.Data = value;
                    break;
                default:
                    entry.Control = value & VectorMask;
                    Deliver(vector);
                    break;
            }
            return true;
        }

        private static uint PendingStart(int vectors)
        {
            return (uint)vectors * EntrySize;
        }

        // One bit a vector, in whole quadwords.
        private static uint PendingBytes(int vectors)
        {
            return ((uint)vectors + 63) / 64 * sizeof(ulong);
        }

        private ulong Control => Get(MessageControl, 2);

        // True while the function is bus master.
        private bool maySend;

        private readonly Entry[] entries;
        private readonly Bar bar;
        private readonly IMessageSink sink;

        private const int CapabilitySize = 12;
        private const int MessageControl = 2;
        private const int TableOffset = 4;
        private const int PendingOffset = 8;
        private const uint EntrySize = 16;
        private const ushort Enable = 1 << 15;
        private const ushort FunctionMask = 1 << 14;
        private const uint VectorMask = 1;

        private struct Entry
        {
            public ulong Address;
            public uint Data;
            public uint Control;
            public bool Pending;
        }
    }
}
