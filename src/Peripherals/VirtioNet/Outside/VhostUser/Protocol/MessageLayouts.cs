// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How messages lie in the stream: vhost-user's "Message Specification", in its order. All numbers are in the host's byte order.

using System.Runtime.InteropServices;

namespace VirtioNet.Outside.VhostUser.Protocol
{
    /// <summary>Header of a message.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MessageHeader
    {
        /// <summary>request: type of the message.</summary>
        public uint Request;
        /// <summary>flags: version, reply, need_reply.</summary>
        public uint Flags;
        /// <summary>size of the payload.</summary>
        public uint Size;

        /// <summary>Size of the header.</summary>
        public const int Length = 12;
        /// <summary>flags: the version.</summary>
        public const uint VersionMask = 3;
        /// <summary>flags: the one version there is.</summary>
        public const uint Version = 1;
        /// <summary>flags: this is a reply.</summary>
        public const uint Reply = 1 << 2;
        /// <summary>flags: the request wants a reply, see REPLY_ACK.</summary>
        public const uint NeedReply = 1 << 3;
        /// <summary>Largest payload of a request: a configuration space.</summary>
        public const int MaxPayload = ConfigSpaceHeader.Length + ConfigSpaceHeader.MaxSize;
    }

    /// <summary>A vring state description.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct VringState
    {
        /// <summary>index of the ring.</summary>
        public uint Index;
        /// <summary>num: what it is depends on the request.</summary>
        public uint Num;

        /// <summary>Size of the payload.</summary>
        public const int Length = 8;
    }

    /// <summary>A vring address description. The addresses are the front end's own.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct VringAddress
    {
        /// <summary>index of the ring.</summary>
        public uint Index;
        /// <summary>flags: VHOST_VRING_F_LOG.</summary>
        public uint Flags;
        /// <summary>descriptor: the descriptor area.</summary>
        public ulong Descriptor;
        /// <summary>used: the device area.</summary>
        public ulong Used;
        /// <summary>available: the driver area.</summary>
        public ulong Available;
        /// <summary>log: guest address for logging.</summary>
        public ulong Log;

        /// <summary>Size of the payload.</summary>
        public const int Length = 40;
    }

    /// <summary>The payload of the requests that pass an event descriptor.</summary>
    internal static class VringDescriptor
    {
        /// <summary>Bits 0 to 7: index of the ring.</summary>
        public const ulong IndexMask = 0xFF;
        /// <summary>Bit 8: no descriptor is passed.</summary>
        public const ulong NoDescriptor = 1 << 8;
    }

    /// <summary>One region of a memory regions description.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MemoryRegion
    {
        /// <summary>guest address.</summary>
        public ulong GuestAddress;
        /// <summary>size in bytes.</summary>
        public ulong Size;
        /// <summary>user address: the front end's own.</summary>
        public ulong UserAddress;
        /// <summary>mmap offset: where the region starts in its file.</summary>
        public ulong MmapOffset;

        /// <summary>Size of a region.</summary>
        public const int Length = 32;
        /// <summary>Size of what comes before the regions of a table: their number, and padding.</summary>
        public const int TableHeader = 8;
        /// <summary>Most regions of a table.</summary>
        public const int MaxCount = 8;
    }

    /// <summary>The start of a virtio device config space; its bytes follow.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ConfigSpaceHeader
    {
        /// <summary>offset of the first byte.</summary>
        public uint Offset;
        /// <summary>size in bytes.</summary>
        public uint Size;
        /// <summary>flags: 1 for live migration.</summary>
        public uint Flags;

        /// <summary>Size of this header.</summary>
        public const int Length = 12;
        /// <summary>Most bytes.</summary>
        public const int MaxSize = 256;
    }
}
