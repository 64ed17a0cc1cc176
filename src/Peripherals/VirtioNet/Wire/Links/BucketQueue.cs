// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What waits for the tokens of a bucket.

using System;

namespace VirtioNet.Wire.Links
{
    /// <summary>A token bucket's state and the queue before it, first in, first out. Plain data.</summary>
    internal sealed class BucketQueue
    {
        /// <summary>When a packet that comes now goes on; or why it does not, and that it is now.</summary>
        public DropReason Pass(in TokenBucket bucket, ulong now, int length, out ulong go)
        {
            // Nothing passes those that wait, also when the bucket has been changed or taken away.
            go = Math.Max(lastGo, now);
            if(bucket.IsNone)
            {
                return DropReason.None;
            }
            waiting.Release(now);
            if((ulong)length > bucket.Burst || (ulong)(waiting.Bytes + length) > bucket.Limit)
            {
                go = now;
                return (ulong)length > bucket.Burst ? DropReason.OverBurst : DropReason.QueueFull;
            }
            go = Math.Max(go, bucket.Take(ref fullAt, now, length));
            lastGo = go;
            if(go > now)
            {
                waiting.Add(go, length);
            }
            return DropReason.None;
        }

        /// <summary>True if a packet that comes now would have to wait for those that were told to go on later.</summary>
        public bool IsBusy(ulong now)
        {
            return lastGo > now;
        }

        private readonly HeldPackets waiting = new HeldPackets();
        private ulong fullAt;
        private ulong lastGo;
    }
}
