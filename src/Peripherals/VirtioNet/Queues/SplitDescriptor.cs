#nullable enable
// One entry of a split descriptor table. virtio v1.4-cs01: 2.7.5 "The Virtqueue Descriptor Table".

using System;
using System.Buffers.Binary;

using VirtioNet.Memory;
using VirtioNet.Spec;

namespace VirtioNet.Queues
{
    /// <summary>A copy of a descriptor: guest memory is read once, whatever the guest does to it later (H-18).</summary>
    public readonly struct SplitDescriptor
    {
        /// <summary>Reads an entry of a table. False if it is not RAM.</summary>
        public static bool TryRead(IGuestMemory memory, ulong table, uint index, out SplitDescriptor descriptor)
        {
            Span<byte> bytes = stackalloc byte[RingLayout.DescriptorSize];
            var read = memory.TryRead(table + RingLayout.DescriptorSize * index, bytes);
            descriptor = new SplitDescriptor(bytes);
            return read;
        }

        /// <summary>addr: guest-physical address.</summary>
        public ulong Address { get; }

        /// <summary>len: length in bytes.</summary>
        public uint Length { get; }

        /// <summary>next: index of the following descriptor, if there is one.</summary>
        public ushort Next { get; }

        /// <summary>VIRTQ_DESC_F_NEXT.</summary>
        public bool HasNext => (flags & RingLayout.DescNext) != 0;

        /// <summary>VIRTQ_DESC_F_WRITE.</summary>
        public bool IsWritable => (flags & RingLayout.DescWrite) != 0;

        /// <summary>VIRTQ_DESC_F_INDIRECT.</summary>
        public bool IsIndirect => (flags & RingLayout.DescIndirect) != 0;

        private SplitDescriptor(ReadOnlySpan<byte> bytes)
        {
            Address = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            Length = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(RingLayout.DescriptorLen));
            flags = BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(RingLayout.DescriptorFlags));
            Next = BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(RingLayout.DescriptorNext));
        }

        // H-19: unknown bits are ignored.
        private readonly ushort flags;
    }
}
