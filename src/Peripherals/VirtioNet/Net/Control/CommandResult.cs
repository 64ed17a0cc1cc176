// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a command tells the driver besides its answer: command-specific-result. virtio v1.4-cs01: 5.1.9.5.

using System;
using System.Buffers.Binary;

namespace VirtioNet.Net.Control
{
    /// <summary>Numbers, little-endian. The driver gets as many bytes of them as it has room for (5.1.9.5.11.12).</summary>
    internal sealed class CommandResult
    {
        /// <summary>Begins a new result.</summary>
        public void Begin()
        {
            count = 0;
        }

        /// <summary>Adds a number of 8 bits.</summary>
        public void WriteByte(byte value)
        {
            Span<byte> bytes = stackalloc byte[] { value };
            Write(bytes);
        }

        /// <summary>Adds a number of 16 bits.</summary>
        public void WriteUInt16(ushort value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(ushort)];
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
            Write(bytes);
        }

        /// <summary>Adds a number of 32 bits.</summary>
        public void WriteUInt32(uint value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
            Write(bytes);
        }

        /// <summary>Adds a number of 64 bits.</summary>
        public void WriteUInt64(ulong value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
            Write(bytes);
        }

        /// <summary>What was added.</summary>
        public ReadOnlySpan<byte> Bytes => new ReadOnlySpan<byte>(bytes, 0, count);

        /// <summary>Most bytes of a result: more than the statistics of all queues that a card can have.</summary>
        public const int MaxSize = 1 << 16;

        private void Write(ReadOnlySpan<byte> added)
        {
            var taken = Math.Min(added.Length, MaxSize - count);
            if(count + taken > bytes.Length)
            {
                Array.Resize(ref bytes, Math.Max(2 * bytes.Length, count + taken));
            }
            added.Slice(0, taken).CopyTo(bytes.AsSpan(count));
            count += taken;
        }

        private byte[] bytes = new byte[64];
        private int count;
    }
}
