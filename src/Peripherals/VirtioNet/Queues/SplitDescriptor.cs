// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// One entry of a split descriptor table. virtio v1.4-cs01: 2.7.5 "The Virtqueue Descriptor Table".

using System.Buffers.Binary;
using System.Runtime.InteropServices;

using VirtioNet.Memory;
using VirtioNet.Spec;

namespace VirtioNet.Queues
{
    /// <summary>
    /// A copy of a descriptor, its fields in the order in which they are in guest memory. Memory is read once; the guest may
    /// change it at any time, but what was checked and what is used is this copy (H-18).
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct SplitDescriptor
    {
        /// <summary>Copies an entry of a table, in the byte order of its driver. False if it is not RAM.</summary>
        public static bool TryRead(in GuestArray<SplitDescriptor> table, int index, bool bigEndian, out SplitDescriptor descriptor)
        {
            if(!table.TryRead(index, out descriptor))
            {
                return false;
            }
            if(bigEndian)
            {
                descriptor = new SplitDescriptor(descriptor);
            }
            return true;
        }

        /// <summary>addr: guest-physical address.</summary>
        public ulong Address { get; }

        /// <summary>len: length in bytes.</summary>
        public uint Length { get; }

        /// <summary>flags, as they were read. Bits that the spec does not define are ignored (H-19).</summary>
        public ushort Flags { get; }

        /// <summary>next: index of the following descriptor in the same table, if flags has NEXT.</summary>
        public ushort Next { get; }

        /// <summary>VIRTQ_DESC_F_NEXT.</summary>
        public bool HasNext => (Flags & RingLayout.DescNext) != 0;

        /// <summary>VIRTQ_DESC_F_WRITE.</summary>
        public bool IsWritable => (Flags & RingLayout.DescWrite) != 0;

        /// <summary>VIRTQ_DESC_F_INDIRECT.</summary>
        public bool IsIndirect => (Flags & RingLayout.DescIndirect) != 0;

        /// <summary>True if the descriptor is a whole chain by itself: neither NEXT nor INDIRECT.</summary>
        public bool IsSingle => (Flags & (RingLayout.DescNext | RingLayout.DescIndirect)) == 0;

        // The same descriptor in the other byte order.
        private SplitDescriptor(SplitDescriptor other)
        {
            Address = BinaryPrimitives.ReverseEndianness(other.Address);
            Length = BinaryPrimitives.ReverseEndianness(other.Length);
            Flags = BinaryPrimitives.ReverseEndianness(other.Flags);
            Next = BinaryPrimitives.ReverseEndianness(other.Next);
        }
    }
}
