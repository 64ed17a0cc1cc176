// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Frames that wait for receive buffers: bounded, so that a flood cannot grow memory (H-80).

using System.Collections.Generic;

using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>A queue of frames, bounded in count and in bytes.</summary>
    public sealed class ReceiveBacklog
    {
        /// <summary>Takes a frame. False if it does not fit any more.</summary>
        public bool TryAdd(Packet frame)
        {
            if(frames.Count >= MaxFrames || bytes + frame.Length > MaxBytes)
            {
                return false;
            }
            frames.Enqueue(frame);
            bytes += frame.Length;
            return true;
        }

        /// <summary>The frame that waits longest. There must be one.</summary>
        public Packet Peek()
        {
            return frames.Peek();
        }

        /// <summary>Takes that frame out.</summary>
        public void RemoveFirst()
        {
            bytes -= frames.Dequeue().Length;
        }

        /// <summary>Takes all frames out, and returns them in their order.</summary>
        public Packet[] TakeAll()
        {
            var all = frames.ToArray();
            frames.Clear();
            bytes = 0;
            return all;
        }

        /// <summary>Frames waiting.</summary>
        public int Count => frames.Count;

        /// <summary>Most frames that wait.</summary>
        public const int MaxFrames = 1024;

        /// <summary>Most bytes that wait.</summary>
        public const int MaxBytes = 4 << 20;

        private int bytes;

        private readonly Queue<Packet> frames = new Queue<Packet>();
    }
}
