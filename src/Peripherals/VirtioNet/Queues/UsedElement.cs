#nullable enable
// One entry of a split used ring. virtio v1.4-cs01: 2.7.8 "The Virtqueue Used Ring".

using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace VirtioNet.Queues
{
    /// <summary>struct virtq_used_elem: its fields lie in memory as they do here.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct UsedElement
    {
        /// <summary>Makes an element in the byte order of its driver.</summary>
        public UsedElement(uint id, uint length, bool bigEndian)
        {
            var otherOrder = bigEndian == BitConverter.IsLittleEndian;
            Id = otherOrder ? BinaryPrimitives.ReverseEndianness(id) : id;
            Length = otherOrder ? BinaryPrimitives.ReverseEndianness(length) : length;
        }

        /// <summary>id: head of the used chain.</summary>
        public uint Id { get; }

        /// <summary>len: bytes written to it.</summary>
        public uint Length { get; }
    }
}
