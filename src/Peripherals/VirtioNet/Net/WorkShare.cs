// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How much work a queue does at one notification before the rest is deferred, so that the guest and other queues go on.

namespace VirtioNet.Net
{
    /// <summary>
    /// A share of work, and what was done of it. It bounds chains, bytes and frames, because a few descriptors can stand for a
    /// large packet, and a large packet for many frames: a storm of notifications must not keep the device busy without end
    /// (H-55). The packet that uses up the share is still sent whole.
    /// </summary>
    internal struct WorkShare
    {
        /// <summary>A new share of at most <paramref name="chains"/> chains.</summary>
        public WorkShare(int chains)
        {
            Chains = chains;
            Frames = 0;
            Bytes = 0;
            moreFrames = 0;
            maxBytes = MaxBytes;
        }

        /// <summary>A packet that is one frame was sent.</summary>
        public void Count(int bytes)
        {
            unchecked
            {
                Frames++;
                Bytes += bytes;
            }
        }

        /// <summary>A packet was sent that will be several frames, of so many bytes all together.</summary>
        public void Count(int frames, int bytes)
        {
            unchecked
            {
                Frames += frames;
                Bytes += bytes;
                moreFrames += frames - 1;
            }
        }

        /// <summary>These bytes of the share went into reading descriptors, or a packet that was dropped.</summary>
        public void Waste(int bytes)
        {
            maxBytes = unchecked(maxBytes - bytes);
        }

        /// <summary>Ends the share early, because the wire has no room.</summary>
        public void End()
        {
            Chains = 0;
        }

        /// <summary>Chains that may still be taken.</summary>
        public int Chains { readonly get; set; }

        /// <summary>Packets sent so far.</summary>
        public readonly int Packets => Frames - moreFrames;

        /// <summary>Frames that these packets become on the wire.</summary>
        public int Frames { readonly get; private set; }

        /// <summary>Bytes of those frames.</summary>
        public int Bytes { readonly get; private set; }

        /// <summary>True if nothing more is to be done now.</summary>
        public readonly bool IsSpent => Frames >= MaxFrames || Bytes >= maxBytes || Chains <= 0;

        /// <summary>Frames of one share: some milliseconds of work for a network that parses each of them.</summary>
        public const int MaxFrames = 1024;

        /// <summary>Bytes of one share: of those frames, of packets that are dropped, and of descriptors.</summary>
        public const int MaxBytes = 4 << 20;

        // Frames that are not the first of their packet.
        private int moreFrames;
        private int maxBytes;
    }
}
