// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The Toeplitz hash, by which network cards spread flows over queues: "RSS Hashing Functions" in Microsoft's documentation of NDIS.
// virtio v1.4-cs01: 5.1.9.5.7 "Receive-side scaling (RSS)".

using System;
using System.Buffers.Binary;

namespace VirtioNet.Net.Hashing
{
    /// <summary>
    /// A hash of 32 bits with a key. Where bit n of the input is set, counted from the first byte's highest bit, the hash is
    /// combined, by exclusive or, with the 32 bits of the key that begin at bit n.
    /// </summary>
    public sealed class ToeplitzHash
    {
        /// <summary>Takes a key of at most <see cref="MaxKeySize"/> bytes. What a shorter one has not counts as 0.</summary>
        public ToeplitzHash(ReadOnlySpan<byte> key)
        {
            key.CopyTo(this.key);
        }

        /// <summary>The hash of some bytes, which follow on bytes that are hashed already; <paramref name="position"/> tells how many.</summary>
        public uint Of(ReadOnlySpan<byte> bytes, int position)
        {
            var hash = 0U;
            for(var i = 0; i < bytes.Length; i++)
            {
                // The 40 bits of the key that a byte may need: 32 for each of its bits, each a bit further on.
                var window = BinaryPrimitives.ReadUInt64BigEndian(key.AsSpan(position + i)) >> 24;
                for(var bit = 7; bit >= 0; bit--)
                {
                    var mask = unchecked((uint)-((bytes[i] >> bit) & 1));
                    hash ^= unchecked((uint)(window >> (bit + 1))) & mask;
                }
            }
            return hash;
        }

        /// <summary>Longest key in bytes: 32 bits for each bit of the longest input, two IPv6 addresses and two ports.</summary>
        public const int MaxKeySize = 40;

        // Longer than the key, so that a window at its last byte ends inside.
        private readonly byte[] key = new byte[MaxKeySize + sizeof(ulong)];
    }
}
