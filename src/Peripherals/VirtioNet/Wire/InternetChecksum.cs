// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The ones' complement checksum of the Internet protocols. RFC 1071.

using System;
using System.Buffers.Binary;

namespace VirtioNet.Wire
{
    /// <summary>Sums of 16-bit words, kept in 64 bits and folded at the end: no frame is long enough to overflow.</summary>
    public static class InternetChecksum
    {
        /// <summary>Adds the words of some bytes to a sum; an odd one at the end counts as followed by 0.</summary>
        public static ulong Add(ulong sum, ReadOnlySpan<byte> bytes)
        {
            // A word of 32 bits counts as two of 16, since 2^16 is 1 in ones' complement arithmetic.
            while(bytes.Length >= sizeof(uint))
            {
                sum += BinaryPrimitives.ReadUInt32BigEndian(bytes);
                bytes = bytes.Slice(sizeof(uint));
            }
            if(bytes.Length >= sizeof(ushort))
            {
                sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
                bytes = bytes.Slice(sizeof(ushort));
            }
            return bytes.IsEmpty ? sum : sum + ((ulong)bytes[0] << 8);
        }

        /// <summary>
        /// The checksum of UDP, made of a sum. 0 becomes 0xFFFF: in ones' complement arithmetic both are zero, and in UDP a checksum of
        /// 0 means that there is none (RFC 768). In all other protocols 0 stays 0 (RFC 1624).
        /// </summary>
        public static ushort FinishUdp(ulong sum)
        {
            var checksum = Finish(sum);
            return checksum == 0 ? ushort.MaxValue : checksum;
        }

        /// <summary>The checksum made of a sum. If the words include their own checksum, 0 means that it is right.</summary>
        public static ushort Finish(ulong sum)
        {
            while(sum > ushort.MaxValue)
            {
                sum = (sum & ushort.MaxValue) + (sum >> 16);
            }
            return (ushort)(sum ^ ushort.MaxValue);
        }
    }
}
