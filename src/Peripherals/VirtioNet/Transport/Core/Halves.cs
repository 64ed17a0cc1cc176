// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// 64-bit fields as drivers write them: two independent halves of 32 bits, in either order. virtio v1.4-cs01: 4.1.3.1, 4.2.2.

namespace VirtioNet.Transport.Core
{
    /// <summary>The halves of a 64-bit field.</summary>
    internal static class Halves
    {
        /// <summary>Bits 0 to 31.</summary>
        public static uint Low(this ulong field)
        {
            return unchecked((uint)field);
        }

        /// <summary>Bits 32 to 63.</summary>
        public static uint High(this ulong field)
        {
            return (uint)(field >> 32);
        }

        /// <summary>The field with bits 0 to 31 replaced.</summary>
        public static ulong WithLow(this ulong field, uint value)
        {
            return (field & ~(ulong)uint.MaxValue) | value;
        }

        /// <summary>The field with bits 32 to 63 replaced.</summary>
        public static ulong WithHigh(this ulong field, uint value)
        {
            return (field & uint.MaxValue) | ((ulong)value << 32);
        }
    }
}
