// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The kicks that a back end waits for. vhost-user: "Ring states", VHOST_USER_SET_VRING_KICK.

namespace VirtioNet.Outside.VhostUser
{
    /// <summary>Where the kick of each ring that runs is in a poll set.</summary>
    internal sealed class RingPoll
    {
        /// <summary>For a device of so many rings.</summary>
        public RingPoll(int rings)
        {
            places = new int[rings];
            isPolled = new bool[rings];
        }

        /// <summary>Adds the kicks of the rings that run.</summary>
        public void Collect(PollSet poll, VhostUserDevice device)
        {
            IsAnyPolled = false;
            for(var i = 0; i < places.Length; i++)
            {
                var isRunning = device.IsRunning(i);
                var kick = device.Rings[i].Kick;
                places[i] = isRunning && kick != null ? poll.Add(kick.Poll) : PollSet.Nowhere;
                isPolled[i] = isRunning && kick == null;
                IsAnyPolled |= isPolled[i];
            }
        }

        /// <summary>True if the ring runs and was kicked, or has no kick: then its driver expects the back end to look by itself.</summary>
        public bool IsDue(PollSet poll, int ring)
        {
            return isPolled[ring] || poll.IsReady(places[ring]);
        }

        /// <summary>True if a ring that runs has no kick, so that the thread has to look at it at intervals.</summary>
        public bool IsAnyPolled { get; private set; }

        private readonly int[] places;
        private readonly bool[] isPolled;
    }
}
