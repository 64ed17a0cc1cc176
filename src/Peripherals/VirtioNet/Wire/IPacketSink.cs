// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Where packets go.

using System;

namespace VirtioNet.Wire
{
    /// <summary>Takes packets: a wire, or something on the way to it.</summary>
    public interface IPacketSink
    {
        /// <summary>
        /// Takes a packet: Ethernet header and what follows, without check sequence, and the work that it has left. Both are valid
        /// only during the call, and the sender holds its locks then. So a sink copies the packet, and hands it on to others after
        /// the call. The bytes may lie in guest memory, where the guest can still change them, so they are copied once, before
        /// anybody looks at them (H-18). False if there is no room now: nothing was taken, and the sender keeps the packet and
        /// tries again later.
        /// </summary>
        bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload);
    }
}
