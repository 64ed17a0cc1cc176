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
        /// Takes a packet, whole as it is: Ethernet header and what follows, without check sequence, and the work that it has
        /// left. Both are good for the time of the call only, in which the sender holds its locks: whoever keeps the packet
        /// copies it, and hands it on to others when the call is over. The bytes may lie in guest memory, where the guest
        /// can still change them: they are copied once, before anybody looks at them (H-18). False if there is no room
        /// now: nothing was taken, and the sender keeps the packet and comes again later.
        /// </summary>
        bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload);
    }
}
