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
        /// True if the driver can set the queue up now: it exists and is disabled. Else it is reported, with the value that
        /// was written.
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
        /// A driver of virtio 1.x enables a queue where it was set up; that takes FEATURES_OK. If the layout is not sound,
        /// the device parks itself.
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
        /// Starts a queue with this layout, at its first entry or where another device has left it. One that is enabled
        /// already goes on from there. If layout or position are not sound, the device parks itself.
        /// </summary>
        public void StartQueue(int index, QueueLayout layout, QueuePosition? position = null)
        {
            state.Queues[index].Layout = layout;
            var queue = Virtqueue.Create(Memory, index, layout, DriverFeatures, UsesBigEndian, position);
            state.Queues[index].Queue = queue;
            ParkIfFailed(queue);
        }

        /// <summary>Stops a queue; it can be set up anew then. Not every transport lets a driver do that.</summary>
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
        /// The driver resets a queue by itself (2.6.1), which takes RING_RESET. It is back in the state that it has after a
        /// reset of the device when this returns. <paramref name="value"/> is what was written, 1 by a sound driver.
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

        /// <summary>The driver's available buffer notification (2.3): there may be something new in the queue.</summary>
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
                Device.Notified(state.Queues[index].Queue!);
            }
            // Without bus mastering nothing is lost: when it comes back, all queues are looked at.
        }

        /// <summary>Takes up the work that <see cref="Defer"/> has left waiting.</summary>
        public void RunDeferred()
        {
            for(var i = 0; i < state.Queues.Length; i++)
            {
                RunDeferred(i);
            }
        }

        /// <summary>Takes up the work that <see cref="Defer"/> has left waiting on one queue.</summary>
        public void RunDeferred(int index)
        {
            if(state.Queues[index].IsDeferred && BusMaster && TryGetQueue(index, out var queue))
            {
                state.Queues[index].IsDeferred = false;
                Device.Notified(queue);
            }
        }

        /// <summary>
        /// Looks at every queue that is in use, as if the driver had notified it: when the device starts, when bus mastering
        /// comes back, and after a snapshot was loaded.
        /// </summary>
        public void Rescan()
        {
            foreach(var slot in state.Queues)
            {
                slot.IsDeferred = slot.Queue != null;
            }
            RunDeferred();
        }

        /// <summary>Leaves the rest of a queue's work for later: one call of the device has done its fair share.</summary>
        public void Defer(Virtqueue queue)
        {
            state.Queues[queue.Index].IsDeferred = true;
            scheduler.Schedule();
        }

        /// <summary>
        /// Ends a piece of work on a queue: publishes what was pushed, notifies the driver if it wants to be, and parks the
        /// device if the queue was found broken.
        /// </summary>
        public void Complete(Virtqueue queue)
        {
            if(queue.Publish())
            {
                face.QueueUsed(queue.Index);
            }
            ParkIfFailed(queue);
        }

        /// <summary>
        /// The queue, if it is enabled and in use. Whether the bus lets the device touch it now, <see cref="BusMaster"/> tells.
        /// </summary>
        public bool TryGetQueue(int index, out Virtqueue queue)
        {
            queue = state.Queues[index].Queue!;
            return queue != null && IsRunning;
        }

        /// <summary>The queue by its index, if it is enabled, in use or not; null if it is disabled or does not exist.</summary>
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
        /// True while the device uses its queues: from DRIVER_OK on, or for a legacy driver at once (3.1.2). It ends with a
        /// failure on either side.
        /// </summary>
        public bool IsRunning =>
            (Status & (DeviceStatus.NeedsReset | DeviceStatus.Failed)) == 0 && (IsLegacy || (Status & DeviceStatus.DriverOk) != 0);

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

        // FEATURES_OK with RING_PACKED lifts the limit that sizes are powers of two, so larger ones may be offered. A queue
        // that is enabled by then was so through the legacy interface, by rules that no longer hold.
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

        // What the driver has made of one queue. A reset of the queue replaces it whole.
        private sealed class QueueSlot
        {
            // The largest size that the format allows: of packed queues any, of split ones a power of two.
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
            }

            public readonly ushort MaxSize;
            public QueueLayout Layout;
            // Null while queue_enable is 0. Areas may lie at address 0, so the layout does not tell.
            public Virtqueue? Queue;
            // Work was cut off, or a notification could not be served, and waits for RunDeferred.
            public bool IsDeferred;
        }
    }
}
