#nullable enable
// What the device sends while its lock is held, and what leaves when the lock is released: a wire that leads to
// another device takes that one's lock.

using System;
using System.Collections.Generic;

using VirtioNet.Net;

namespace VirtioNet.Outside.VhostUser
{
    /// <summary>Frames one behind the other in one buffer, so that a frame allocates nothing.</summary>
    internal sealed class FrameOutbox : IFrameSink
    {
        /// <inheritdoc/>
        public void Send(ReadOnlySpan<byte> frame)
        {
            if(buffer.Length - used < frame.Length)
            {
                Array.Resize(ref buffer, Math.Max(2 * buffer.Length, used + frame.Length));
            }
            frame.CopyTo(buffer.AsSpan(used));
            used += frame.Length;
            ends.Add(used);
        }

        /// <summary>Hands all frames on, in their order, and forgets them.</summary>
        public void Empty(IFrameSink wire)
        {
            var start = 0;
            foreach(var end in ends)
            {
                wire.Send(buffer.AsSpan(start, end - start));
                start = end;
            }
            Clear();
        }

        /// <summary>Forgets all frames.</summary>
        public void Clear()
        {
            ends.Clear();
            used = 0;
            if(buffer.Length > Usual)
            {
                buffer = new byte[Usual];
            }
        }

        private byte[] buffer = new byte[Usual];
        private int used;

        private readonly List<int> ends = new List<int>();

        // A batch of full-sized frames from a queue of usual size.
        private const int Usual = 1 << 20;
    }
}
