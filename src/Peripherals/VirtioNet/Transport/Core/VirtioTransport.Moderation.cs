// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Notifications that wait for more to tell. virtio v1.4-cs01: 5.1.9.5.10.1 "Operation".
//
// The first chain that is used sets the time at which the driver is told at the latest; it is told earlier if enough chains
// are used before. The owner calls Wake at the earliest of those times. No notification waits for ever: a queue that holds one
// back always has its time, and Wake asks for the next one.

using System;

using VirtioNet.Queues;

namespace VirtioNet.Transport.Core
{
    public sealed partial class VirtioTransport
    {
        /// <summary>
        /// Sets the moderation of a queue, until the queue or the device is reset. A notification that was held back goes out at once if it need
        /// not wait any more (5.1.9.5.10.4). The index must be below the queue count.
        /// </summary>
        public void SetModeration(int index, NotificationModeration moderation)
        {
            var slot = state.Queues[index];
            if(slot.NotificationDue != Never)
            {
                // The chain that was used first counts from then on, and the old moderation tells when that was.
                slot.NotificationDue = slot.NotificationDue - slot.Moderation.MaxMicroseconds + moderation.MaxMicroseconds;
            }
            slot.Moderation = moderation;
            Wake();
        }

        /// <summary>The moderation of a queue, whose index must be below the queue count.</summary>
        public NotificationModeration ModerationOf(int index)
        {
            return state.Queues[index].Moderation;
        }

        /// <summary>
        /// Sends the notifications that need not wait any more: the time has come for which <see cref="IWorkScheduler.WakeAt"/> has asked, or a
        /// snapshot was loaded. While the bus does not let the device read memory, they go on waiting.
        /// </summary>
        public void Wake()
        {
            state.Alarm = Never;
            if(!BusMaster)
            {
                return;
            }
            foreach(var slot in state.Queues)
            {
                if(slot.Queue != null && slot.NotificationDue != Never)
                {
                    TellIfDue(slot.Queue, slot);
                }
            }
        }

        // Chains were published on a queue with moderation.
        private void TellInTime(Virtqueue queue, QueueSlot slot)
        {
            if(slot.NotificationDue == Never)
            {
                slot.NotificationDue = scheduler.Time + slot.Moderation.MaxMicroseconds;
            }
            TellIfDue(queue, slot);
        }

        private void TellIfDue(Virtqueue queue, QueueSlot slot)
        {
            if(slot.Moderation.IsOn && queue.UntoldChains < slot.Moderation.MaxChains && slot.NotificationDue > scheduler.Time)
            {
                SetAlarm(slot.NotificationDue);
                return;
            }
            slot.NotificationDue = Never;
            // A device that has failed sends no notifications.
            if(IsRunning && queue.MustNotify())
            {
                NotifyDriver(queue.Index);
            }
        }

        // One alarm is enough for all queues: Wake asks for another one for those that have to wait longer.
        private void SetAlarm(ulong time)
        {
            if(time < state.Alarm)
            {
                state.Alarm = time;
                scheduler.WakeAt(time);
            }
        }

        private const ulong Never = ulong.MaxValue;
    }
}
