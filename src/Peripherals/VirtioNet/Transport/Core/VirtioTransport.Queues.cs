// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The life of queues: set up, enabled, notified, stopped, reset. virtio v1.4-cs01: 2.6 "Virtqueues", 2.6.1 "Virtqueue
// Reset", 4.1.5.1.3 "Virtqueue Configuration".

using System;

using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Transport.Core
{
    /// <summary>The areas of a queue (2.6).</summary>
    public enum QueueArea
    {
        /// <summary>Descriptor area, queue_desc.</summary>
        Descriptor,
        /// <summary>Driver area, queue_driver.</summary>
        Driver,
        /// <summary>Device area, queue_device.</summary>
        Device,
    }

    public sealed partial class VirtioTransport
    {
        /// <summary>
        /// The driver sets the size of a queue, in descriptors, while the queue is disabled: at most the largest that was
        /// offered, and a power of two unless the queue is packed.
        /// </summary>
        public void SetQueueSize(int index, ushort size)
        {
            if(CanConfigure(index, size))
            {
                if(size > Device.MaxQueueSize(index) || !Virtqueue.IsSizeAllowed(size, DriverFeatures))
                {
                    Reports.Misuse(DriverRules.QueueSize, (uint)index, size);
                    return;
                }
                var layout = state.Queues[index].Layout;
                state.Queues[index].Layout = new QueueLayout(size, layout.DescriptorArea, layout.DriverArea, layout.DeviceArea);
            }
        }

        /// <summary>The driver sets the guest-physical address of an area, while the queue is disabled.</summary>
        public void SetQueueArea(int index, QueueArea area, ulong address)
        {
            if(CanConfigure(index, address))
            {
                var layout = state.Queues[index].Layout;
                state.Queues[index].Layout = new QueueLayout(layout.Size,
                    area == QueueArea.Descriptor ? address : layout.DescriptorArea,
                    area == QueueArea.Driver ? address : layout.DriverArea,
                    area == QueueArea.Device ? address : layout.DeviceArea);
            }
        }

        /// <summary>
        /// True if the driver can set the queue up now, because it exists and is disabled. Otherwise reports the misuse, with the
        /// value that the driver has written.
        /// </summary>
        public bool CanConfigure(int index, ulong value)
        {
            if(!HasQueue(index))
            {
                Reports.Misuse(DriverRules.QueueAbsent, (uint)index, value);
                return false;
            }
            if(IsEnabled(index))
            {
                Reports.Misuse(DriverRules.QueueFrozen, (uint)index, value);
                return false;
            }
            return true;
        }

        /// <summary>
        /// A driver of virtio 1.x enables a queue with the size and areas that it has set before; FEATURES_OK must be set. If the
        /// queue cannot be used, for example because an area is not in RAM, the device is parked.
        /// </summary>
        public void EnableQueue(int index)
        {
            if((Status & DeviceStatus.FeaturesOk) == 0)
            {
                Reports.Misuse(DriverRules.QueueEnableTooEarly, (uint)index, 1);
            }
            else if(CanConfigure(index, 1))
            {
                StartQueue(index, state.Queues[index].Layout);
            }
        }

        /// <summary>
        /// Enables a queue with this layout, at the start of its ring, or at the position where another device has stopped. A
        /// queue that is enabled already is replaced. The index must be below the queue count. If layout or position are wrong,
        /// the device is parked.
        /// </summary>
        public void StartQueue(int index, QueueLayout layout, QueuePosition? position = null)
        {
            state.Queues[index].Layout = layout;
            var queue = Virtqueue.Create(Memory, index, layout, DriverFeatures, UsesBigEndian, position);
            state.Queues[index].Queue = queue;
            ParkIfFailed(queue);
        }

        /// <summary>Stops a queue, so that it can be set up again. Over modern PCI a driver cannot do this.</summary>
        public void StopQueue(int index)
        {
            if(!HasQueue(index))
            {
                Reports.Misuse(DriverRules.QueueAbsent, (uint)index, 0);
                return;
            }
            state.Queues[index].Stop();
            Device.QueueStopped(index);
        }

        /// <summary>
        /// The driver resets a single queue (2.6.1), for which RING_RESET must be negotiated. When this returns, the queue is in
        /// the state that it has after a reset of the device. <paramref name="value"/> is what the driver has written; only 1 is
        /// allowed.
        /// </summary>
        public void ResetQueue(int index, ushort value)
        {
            if(value != 1 || !IsEnabled(index) || !DriverFeatures.Has(Feature.RingReset))
            {
                Reports.Misuse(DriverRules.QueueReset, (uint)index, value);
                return;
            }
            ReplaceQueue(index);
        }

        /// <summary>The driver sends an available buffer notification (2.3): it may have made buffers available in the queue.</summary>
        public void Notify(int index)
        {
            if(!IsEnabled(index))
            {
                Reports.Misuse(DriverRules.NotificationOfAbsentQueue, (uint)index, 0);
            }
            else if(!IsRunning)
            {
                Reports.Misuse(DriverRules.NotificationTooEarly, (uint)index, (byte)Status);
            }
            else if(BusMaster)
            {
                counters[index].Notifications++;
                Device.Notified(state.Queues[index].Queue!);
            }
            // Without bus mastering the notification is ignored, and not lost: SetBusMaster looks at all queues later.
        }

        /// <summary>Goes on with the work that <see cref="Defer"/> or <see cref="Rescan"/> has left waiting, on all queues.</summary>
        public void RunDeferred()
        {
            for(var i = 0; i < state.Queues.Length; i++)
            {
                RunDeferred(i);
            }
        }

        /// <summary>Goes on with the work that <see cref="Defer"/> or <see cref="Rescan"/> has left waiting, on one queue.</summary>
        public void RunDeferred(int index)
        {
            if(state.Queues[index].IsDeferred && BusMaster && TryGetQueue(index, out var queue))
            {
                state.Queues[index].IsDeferred = false;
                Device.Notified(queue);
            }
        }

        /// <summary>
        /// Looks at every enabled queue, as if the driver had notified it: when the device starts, when it becomes bus master
        /// again, and after a snapshot was loaded. While the device may not use its queues, they wait for <see cref="RunDeferred()"/>.
        /// </summary>
        public void Rescan()
        {
            foreach(var slot in state.Queues)
            {
                slot.IsDeferred = slot.Queue != null;
            }
            RunDeferred();
            Wake();
        }

        /// <summary>The device has done as much for a queue as one call may do: asks the scheduler to let it do the rest later.</summary>
        public void Defer(Virtqueue queue)
        {
            state.Queues[queue.Index].IsDeferred = true;
            scheduler.Schedule();
        }

        /// <summary>
        /// Ends a piece of work on a queue: publishes what was pushed, notifies the driver if it wants to be, and parks the
        /// device if the queue has an error.
        /// </summary>
        public void Complete(Virtqueue queue)
        {
            var slot = state.Queues[queue.Index];
            if(!slot.Moderation.IsOn)
            {
                if(queue.Publish())
                {
                    NotifyDriver(queue.Index);
                }
            }
            else if(queue.PublishOnly())
            {
                TellInTime(queue, slot);
            }
            ParkIfFailed(queue);
        }

        /// <summary>
        /// True, and the queue, if it is enabled and the device is running. The index must be below the queue count. The caller
        /// must also look at <see cref="BusMaster"/> before it uses the queue.
        /// </summary>
        public bool TryGetQueue(int index, out Virtqueue queue)
        {
            queue = state.Queues[index].Queue!;
            return queue != null && IsRunning;
        }

        /// <summary>The queue if it is enabled, whether or not the device is running; null if it is disabled or does not exist.</summary>
        public Virtqueue? EnabledQueue(int index)
        {
            return HasQueue(index) ? state.Queues[index].Queue : null;
        }

        /// <summary>True if the device has a queue with this index.</summary>
        public bool HasQueue(int index)
        {
            return index >= 0 && index < state.Queues.Length;
        }

        /// <summary>queue_enable: true if the queue exists and is enabled.</summary>
        public bool IsEnabled(int index)
        {
            return HasQueue(index) && state.Queues[index].Queue != null;
        }

        /// <summary>
        /// Size and areas of a queue as the driver has set them; after a reset the largest size, and addresses 0. All are 0
        /// for a queue that does not exist.
        /// </summary>
        public QueueLayout LayoutOf(int index)
        {
            return HasQueue(index) ? state.Queues[index].Layout : default;
        }

        /// <summary>Guest-physical address of an area as the driver has set it; 0 for a queue that does not exist.</summary>
        public ulong AreaOf(int index, QueueArea area)
        {
            var layout = LayoutOf(index);
            switch(area)
            {
                case QueueArea.Descriptor: return layout.DescriptorArea;
                case QueueArea.Driver: return layout.DriverArea;
                default: return layout.DeviceArea;
            }
        }

        /// <summary>Largest size that the driver can choose for a queue, in descriptors; 0 for a queue that does not exist.</summary>
        public ushort MaxSizeOf(int index)
        {
            return HasQueue(index) ? state.Queues[index].MaxSize : (ushort)0;
        }

        /// <summary>
        /// True while the device uses its queues: for a driver of virtio 1.x from DRIVER_OK on, for a legacy driver always
        /// (3.1.2); but not once DEVICE_NEEDS_RESET or FAILED is set.
        /// </summary>
        public bool IsRunning =>
            (Status & (DeviceStatus.NeedsReset | DeviceStatus.Failed)) == 0 && (IsLegacy || (Status & DeviceStatus.DriverOk) != 0);

        /// <summary>What was counted for a queue, whose index must be below the queue count.</summary>
        public QueueCounters CountersOf(int index)
        {
            return counters[index];
        }

        /// <summary>Counts from 0 again, for all queues.</summary>
        public void ResetCounters()
        {
            for(var i = 0; i < counters.Length; i++)
            {
                counters[i] = new QueueCounters();
            }
        }

        private void NotifyDriver(int index)
        {
            counters[index].Interrupts++;
            face.QueueUsed(index);
        }

        private void ReplaceQueue(int index)
        {
            var wasEnabled = IsEnabled(index);
            state.Queues[index] = new QueueSlot(Device.MaxQueueSize(index), DriverFeatures);
            face.QueueReset(index);
            if(wasEnabled)
            {
                Device.QueueStopped(index);
            }
        }

        // The driver has just set FEATURES_OK. With RING_PACKED a queue size need not be a power of two, so a larger maximum may be
        // offered. A queue that is already enabled was enabled through the legacy interface, with a layout that virtio 1.x does
        // not use, so it is reset.
        private void ResetQueuesForFeatures()
        {
            for(var i = 0; i < state.Queues.Length; i++)
            {
                if(IsEnabled(i) || DriverFeatures.Has(Feature.RingPacked))
                {
                    ReplaceQueue(i);
                }
            }
        }

        private void ResetEnabledQueues()
        {
            for(var i = 0; i < state.Queues.Length; i++)
            {
                if(IsEnabled(i))
                {
                    ReplaceQueue(i);
                }
            }
        }

        private void RestartQueues()
        {
            for(var i = 0; i < state.Queues.Length; i++)
            {
                if(IsEnabled(i))
                {
                    StartQueue(i, state.Queues[i].Layout);
                }
            }
        }

        private bool WasAnyQueueUsed => Array.Exists(state.Queues, x => x.Queue?.WasUsed == true);

        private void ParkIfFailed(Virtqueue queue)
        {
            if(queue.Error != null)
            {
                Park(queue.Error.ToString());
            }
        }

        // What the driver has set for one queue, and its queue while it is enabled. A reset of the queue replaces the object.
        private sealed class QueueSlot
        {
            // MaxSize is the largest size up to `largest` that the format allows: any in a packed queue, a power of two in a split
            // one.
            public QueueSlot(ushort largest, FeatureSet features)
            {
                MaxSize = largest;
                while(!Virtqueue.IsSizeAllowed(MaxSize, features))
                {
                    // Clears the lowest bit that is set. The highest one is left in the end, a power of two.
                    MaxSize = (ushort)(MaxSize & (MaxSize - 1));
                }
                Layout = new QueueLayout(MaxSize, 0, 0, 0);
            }

            public void Stop()
            {
                Queue = null;
                IsDeferred = false;
                NotificationDue = Never;
            }

            public readonly ushort MaxSize;
            public QueueLayout Layout;
            // Null while queue_enable is 0. The layout does not show that, because areas may lie at address 0.
            public Virtqueue? Queue;
            // True if the queue waits for RunDeferred: Defer has interrupted its work, or Rescan found that it cannot be used yet.
            public bool IsDeferred;
            public NotificationModeration Moderation;
            // When the notification is due that moderation holds back, in microseconds; Never while it holds back none.
            public ulong NotificationDue = Never;
        }
    }
}
