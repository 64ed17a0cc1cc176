#nullable enable
// One entry of a split descriptor table. virtio v1.4-cs01: 2.7.5 "The Virtqueue Descriptor Table".

using System.Buffers.Binary;
using System.Runtime.InteropServices;

using VirtioNet.Memory;
using VirtioNet.Spec;

namespace VirtioNet.Queues
{
    /// <summary>
    /// A copy of a descriptor, its fields in the order in which they lie in memory: guest memory is read once, whatever
    /// the guest does to it later (H-18).
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct SplitDescriptor
    {
        /// <summary>Reads an entry of a table, in the byte order of its driver. False if it is not RAM.</summary>
        public static bool TryRead(in GuestArray<SplitDescriptor> table, int index, bool bigEndian, out SplitDescriptor descriptor)
        {
            var read = table.TryRead(index, out descriptor);
            if(bigEndian)
            {
                descriptor = new SplitDescriptor(descriptor);
            }
            return read;
        }

        /// <summary>addr: guest-physical address.</summary>
        public ulong Address { get; }

        /// <summary>len: length in bytes.</summary>
        public uint Length { get; }

        /// <summary>flags, as they were read. H-19: unknown bits are ignored.</summary>
        public ushort Flags { get; }

        /// <summary>next: index of the following descriptor, if there is one.</summary>
        public ushort Next { get; }

        /// <summary>VIRTQ_DESC_F_NEXT.</summary>
        public bool HasNext => (Flags & RingLayout.DescNext) != 0;

        /// <summary>VIRTQ_DESC_F_WRITE.</summary>
        public bool IsWritable => (Flags & RingLayout.DescWrite) != 0;

        /// <summary>VIRTQ_DESC_F_INDIRECT.</summary>
        public bool IsIndirect => (Flags & RingLayout.DescIndirect) != 0;

        /// <summary>True for a whole chain: neither NEXT nor INDIRECT.</summary>
        public bool IsSingle => (Flags & (RingLayout.DescNext | RingLayout.DescIndirect)) == 0;

        // The other byte order.
        private SplitDescriptor(SplitDescriptor other)
        {
            Address = BinaryPrimitives.ReverseEndianness(other.Address);
            Length = BinaryPrimitives.ReverseEndianness(other.Length);
            Flags = BinaryPrimitives.ReverseEndianness(other.Flags);
            Next = BinaryPrimitives.ReverseEndianness(other.Next);
        }
    }
}
