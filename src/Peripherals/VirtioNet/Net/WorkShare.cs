// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How much a device does at one notification before it lets others go on.

namespace VirtioNet.Net
{
    /// <summary>
    /// A share of work, and what was done of it (H-55). It is bounded in what is taken, chains and bytes, and in what is made of
    /// it, frames: a few descriptors can stand for a large packet, and a large packet for many frames. The packet that
    /// uses up the share is still sent whole.
    /// </summary>
    internal struct WorkShare
    {
        /// <summary>A whole share, of at most so many chains.</summary>
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

        /// <summary>So many bytes were read, and nothing was sent for them.</summary>
        public void Waste(int bytes)
        {
            maxBytes = unchecked(maxBytes - bytes);
        }

        /// <summary>The rest has to wait, whatever is left.</summary>
        public void End()
        {
            Chains = 0;
        }

        /// <summary>Chains that may still be taken.</summary>
        public int Chains { readonly get; set; }

        /// <summary>Packets sent so far.</summary>
        public readonly int Packets => Frames - moreFrames;

        /// <summary>Frames that they are on the wire.</summary>
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
