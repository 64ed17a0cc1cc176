#nullable enable
// The state that every virtio transport shares: status, features, queues, configuration generation.
// virtio v1.4-cs01: 2.1 "Device Status Field", 2.2 "Feature Bits", 2.5 "Device Configuration Space",
// 3.1 "Device Initialization". Register layouts are views of this class (ModernRegisters).

using System;

using VirtioNet.Memory;
using VirtioNet.Queues;
using VirtioNet.Reports;
using VirtioNet.Spec;

namespace VirtioNet.Transport.Core
{
    /// <summary>Drives one device through the life that its driver asks for.</summary>
    public sealed class VirtioTransport
    {
        /// <summary>
        /// Puts a device behind a transport, reset. The guest's byte order matters to legacy drivers only.
        /// </summary>
        public VirtioTransport(IVirtioDevice device, IGuestMemory memory, IInterruptSink interrupts, IWorkScheduler scheduler, IReports reports, bool guestIsBigEndian = false)
        {
            GuestIsBigEndian = guestIsBigEndian;
            this.memory = memory;
            this.interrupts = interrupts;
            this.scheduler = scheduler;
            Device = device;
            Reports = reports;
            state = new TransportState(device);
            device.Attach(this);
        }

        /// <summary>
        /// A write to device_status. 0 resets. Otherwise bits are only added, in the order of 3.1; what
        /// breaks it has no effect (R0, H-105).
        /// </summary>
        public void WriteStatus(DeviceStatus value)
        {
            if(value == DeviceStatus.None)
            {
                Reset();
                return;
            }
            // The driver can neither set nor clear DEVICE_NEEDS_RESET.
            value = (value & ~DeviceStatus.NeedsReset) | (Status & DeviceStatus.NeedsReset);
            if((Status & ~value) != 0 || !StatusOrder.Allows(value))
            {
                Reports.Misuse(DriverRules.StatusOrder, (byte)Status, (byte)value);
                return;
            }
            var added = value & ~Status;
            if((added & DeviceStatus.FeaturesOk) != 0 && !FeaturesAcceptable())
            {
                // BASE-07: the driver sees it by reading back. DRIVER_OK cannot come without it.
                value &= ~(DeviceStatus.FeaturesOk | DeviceStatus.DriverOk);
                added = value & ~Status;
            }
            state.Status = value;
            if((added & DeviceStatus.FeaturesOk) != 0)
            {
                FitQueues();
            }
            if((added & DeviceStatus.DriverOk) != 0)
            {
                Device.Start(state.DriverFeatures);
            }
        }

        /// <summary>Resets the device (BASE-13, BASE-14): status 0, no queue, nothing pending.</summary>
        public void Reset()
        {
            state = new TransportState(Device);
            interrupts.Clear();
            Device.Reset();
        }

        /// <summary>
        /// R3: sets DEVICE_NEEDS_RESET, tells the driver if it runs (BASE-03, BASE-04), and from then on
        /// touches no queue and raises no interrupt until a reset.
        /// </summary>
        public void Park(string reason)
        {
            if((Status & DeviceStatus.NeedsReset) != 0)
            {
                return;
            }
            var running = (Status & DeviceStatus.DriverOk) != 0;
            state.Status |= DeviceStatus.NeedsReset;
            if(running)
            {
                configChanged = true;
                interrupts.ConfigChanged(state.ConfigVector);
            }
            Reports.Parked(reason);
        }

        /// <summary>The device configuration has changed: new generation, and a notification if the driver runs.</summary>
        public void ConfigChanged()
        {
            configChanged = true;
            if((Status & (DeviceStatus.DriverOk | DeviceStatus.NeedsReset | DeviceStatus.Failed)) == DeviceStatus.DriverOk)
            {
                interrupts.ConfigChanged(state.ConfigVector);
            }
        }

        /// <summary>config_generation. Reading it makes the next change count, so 256 changes cannot hide (PCI-23).</summary>
        public byte ReadConfigGeneration()
        {
            if(configChanged)
            {
                configChanged = false;
                generation = unchecked((byte)(generation + 1));
            }
            return generation;
        }

        /// <summary>driver_feature: the selected word. Frozen by FEATURES_OK (H-104).</summary>
        public void WriteDriverFeature(uint value)
        {
            if((Status & DeviceStatus.FeaturesOk) != 0)
            {
                Reports.Misuse(DriverRules.FeaturesFrozen, state.DriverFeatureSelect, value);
                return;
            }
            state.DriverFeatures = state.DriverFeatures.WithWord(state.DriverFeatureSelect, value);
        }

        /// <summary>The driver's available buffer notification (2.3). The index is all that counts (H-51 to H-53).</summary>
        public void Notify(int index)
        {
            if(index >= state.Queues.Length || !state.Queues[index].Enabled)
            {
                Reports.Misuse(DriverRules.NotificationOfAbsentQueue, (uint)index, 0);
            }
            else if(!TryGetQueue(index, out var queue))
            {
                Reports.Misuse(DriverRules.NotificationTooEarly, (uint)index, (byte)Status);
            }
            else if(BusMaster)
            {
                Run(queue);
            }
            // Else H-109: nothing is lost, Rescan takes it up when mastering comes back.
        }

        /// <summary>Takes up what <see cref="Defer"/> has left waiting.</summary>
        public void RunDeferred()
        {
            for(var i = 0; i < state.Queues.Length; i++)
            {
                if(state.Deferred[i] && BusMaster && TryGetQueue(i, out var queue))
                {
                    state.Deferred[i] = false;
                    Run(queue);
                }
            }
        }

        /// <summary>
        /// Looks at every queue anew, as if the driver had notified each: when bus mastering comes back
        /// (H-109), and after a snapshot was loaded (H-121).
        /// </summary>
        public void Rescan()
        {
            Array.Fill(state.Deferred, true);
            RunDeferred();
        }

        /// <summary>Leaves the rest of a queue's work for later, after one batch (H-55).</summary>
        public void Defer(Virtqueue queue)
        {
            state.Deferred[queue.Index] = true;
            scheduler.Schedule();
        }

        /// <summary>True if the queue is in use: see <see cref="TryGetQueue"/>.</summary>
        public bool IsRunning(int index)
        {
            return TryGetQueue(index, out _);
        }

        /// <summary>
        /// The queue, if it is enabled and in use: from DRIVER_OK on, or, driven through the legacy interface, at once
        /// (BASE-24). It ends with a failure of either side. Whether the bus lets the device touch it now, <see cref="BusMaster"/> tells.
        /// </summary>
        public bool TryGetQueue(int index, out Virtqueue queue)
        {
            queue = state.Queues[index].Queue!;
            return queue != null
                && (Status & (DeviceStatus.NeedsReset | DeviceStatus.Failed)) == 0
                && (IsLegacy || (Status & DeviceStatus.DriverOk) != 0);
        }

        /// <summary>Publishes what was pushed to the queue and notifies the driver if it wants it.</summary>
        public void Complete(Virtqueue queue)
        {
            if(queue.Publish())
            {
                interrupts.QueueUsed(state.Queues[queue.Index].Vector);
            }
            ParkIfFailed(queue);
        }

        /// <summary>Parks the device if the queue has latched an error.</summary>
        public void ParkIfFailed(Virtqueue queue)
        {
            if(queue.Error != null)
            {
                Park(queue.Error.ToString());
            }
        }

        /// <summary>The device.</summary>
        public IVirtioDevice Device { get; }

        /// <summary>Where the guest's mistakes are told.</summary>
        public IReports Reports { get; }

        /// <summary>device_status.</summary>
        public DeviceStatus Status => state.Status;

        /// <summary>What the driver has made of the device since the last reset.</summary>
        public TransportState State => state;

        /// <summary>The selected queue, or null if queue_select names none (H-47).</summary>
        public QueueState? Selected => state.QueueSelect < state.Queues.Length ? state.Queues[state.QueueSelect] : null;

        /// <summary>Features on offer: those of the device that the bus can carry, and VERSION_1 always (FEAT-01).</summary>
        public FeatureSet Offered => (Device.Offered & ~Excluded).With(Feature.Version1);

        /// <summary>Features that the bus has no way to carry.</summary>
        public FeatureSet Excluded { get; set; }

        /// <summary>
        /// BASE-10: the driver counts as a legacy one exactly while it has not acknowledged VERSION_1. The modern
        /// interface starts no queue without it.
        /// </summary>
        public bool IsLegacy => !state.DriverFeatures.Has(Feature.Version1);

        /// <summary>True if the driver's rings and headers are big-endian.</summary>
        public bool UsesBigEndian => IsLegacy && GuestIsBigEndian;

        /// <summary>The guest's byte order, in which a legacy driver's rings, headers and configuration are.</summary>
        public bool GuestIsBigEndian { get; }

        /// <summary>
        /// True while the bus lets the device read and write memory. Queues stall while it does not, and
        /// whoever sets it again calls <see cref="Rescan"/>.
        /// </summary>
        public bool BusMaster { get; set; }

        /// <summary>
        /// GuestPageSize of virtio-mmio version 1, in bytes; page numbers count by it. It outlives a device reset:
        /// Linux writes it once, before it resets the device for the first time.
        /// </summary>
        public uint GuestPageSize { get; set; } = PciLayout.LegacyPageSize;

        /// <summary>Count of vectors that events can be mapped to.</summary>
        public int Vectors => interrupts.Vectors;

        /// <summary>The RAM that queues and buffers live in.</summary>
        public IGuestMemory Memory => memory;

        // Only now it is known that sizes need not be powers of two. A queue that is enabled already was so by the
        // legacy interface, under rules that have just been negotiated away.
        private void FitQueues()
        {
            for(var i = 0; i < state.Queues.Length; i++)
            {
                var wasEnabled = state.Queues[i].Enabled;
                if(wasEnabled || state.DriverFeatures.Has(Feature.RingPacked))
                {
                    state.ResetQueue(Device, i);
                }
                if(wasEnabled)
                {
                    Device.QueueStopped(i);
                }
            }
        }

        private void Run(Virtqueue queue)
        {
            Device.Notified(queue);
            ParkIfFailed(queue);
        }

        // BASE-07: a subset of what is offered, with VERSION_1 (FEAT-02) and its dependencies.
        private bool FeaturesAcceptable()
        {
            var features = state.DriverFeatures;
            if(features.IsSubsetOf(Offered) && features.Has(Feature.Version1) && Device.CanRunWith(features))
            {
                return true;
            }
            Reports.Misuse(DriverRules.FeaturesRefused, features.High, features.Low);
            return false;
        }

        private TransportState state;
        private byte generation;
        private bool configChanged;

        private readonly IGuestMemory memory;
        private readonly IInterruptSink interrupts;
        private readonly IWorkScheduler scheduler;
    }
}
