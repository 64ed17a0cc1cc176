// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How many packets may wait in one place: bounds for an outbox or a port.

namespace VirtioNet.Wire
{
    /// <summary>
    /// Room for packets, bounded in frames and in bytes. A large packet takes the room of all frames that it may become, since
    /// that is the work it makes for whoever finishes it.
    /// </summary>
    internal struct PacketRoom
    {
        /// <summary>Makes room for so many frames and bytes.</summary>
        public PacketRoom(int frames, int bytes)
        {
            maxFrames = frames;
            maxBytes = bytes;
            this.frames = 0;
            this.bytes = 0;
        }

        /// <summary>Takes the room of a packet. False, and nothing is taken, if there is not enough; an empty place has room for any one packet.</summary>
        public bool TryTake(int length, in PacketOffload offload)
        {
            var more = offload.CountFrames(length);
            if(frames != 0 && (frames + more > maxFrames || bytes + length > maxBytes))
            {
                return false;
            }
            frames += more;
            bytes += length;
            return true;
        }

        /// <summary>Gives the room of a packet back.</summary>
        public void Give(int length, in PacketOffload offload)
        {
            frames -= offload.CountFrames(length);
            bytes -= length;
        }

        /// <summary>Gives all room back.</summary>
        public void Clear()
        {
            frames = 0;
            bytes = 0;
        }

        private int frames;
        private int bytes;
        private readonly int maxFrames;
        private readonly int maxBytes;
    }
}
