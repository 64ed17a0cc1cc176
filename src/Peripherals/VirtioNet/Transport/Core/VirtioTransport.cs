// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The state that every virtio transport has, and that is changed only here: device status, features, queues, configuration
// generation.
// virtio v1.4-cs01: 2.1 "Device Status Field", 2.2 "Feature Bits", 2.5 "Device Configuration Space",
// 3.1 "Device Initialization".
//
// This file has the life of the device; VirtioTransport.Queues.cs has the life of its queues, VirtioTransport.Legacy.cs
// what legacy drivers do differently. The faces (ITransportFace: PCI, MMIO, vhost-user) translate accesses to registers, or
// messages, into calls of these methods, and keep none of this state themselves.

using VirtioNet.Memory;
using VirtioNet.Reports;
using VirtioNet.Spec;

namespace VirtioNet.Transport.Core
{
    /// <summary>
    /// Takes one device through the steps that its driver asks for: negotiation, set-up of queues, operation, reset. Nothing
    /// throws because of what a driver does: a misuse is reported and ignored, and a broken queue parks the device.
    /// </summary>
    public sealed partial class VirtioTransport
    {
        /// <summary>
        /// Makes the transport of a device, in the state after a reset. The device uses no memory before
        /// <see cref="SetBusMaster"/> was called with true.
        /// </summary>
        public VirtioTransport(IVirtioDevice device, IGuestMemory memory, ITransportFace face, IWorkScheduler scheduler, IReports reports, TransportOptions? options = null)
        {
            options = options ?? new TransportOptions();
            GuestIsBigEndian = options.GuestIsBigEndian;
            Offered = (device.Offered & ~options.Excluded).With(Feature.Version1);
            OfferedToLegacy = (device.Offered | device.OfferedToLegacy).With(Feature.AnyLayout).With(Feature.NotifyOnEmpty).LegacyPart & ~options.Excluded;
            this.face = face;
            this.scheduler = scheduler;
            Memory = memory;
            Device = device;
            Reports = reports;
            state = new State(device);
            counters = new QueueCounters[device.QueueCount];
            ResetCounters();
            device.Attach(this);
            device.SetFeatures(DriverFeatures);
        }

        /// <summary>
        /// A driver of virtio 1.x writes device_status. 0 resets the device. Otherwise bits are only added, in the order of
        /// 3.1.1; a write that breaks this is reported and has no effect.
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
            if((added & DeviceStatus.FeaturesOk) != 0 && !AreFeaturesAcceptable())
            {
                // 2.2.2: the device leaves FEATURES_OK clear, which the driver sees by reading it back. DRIVER_OK cannot come
                // without it.
                value &= ~(DeviceStatus.FeaturesOk | DeviceStatus.DriverOk);
                added = value & ~Status;
            }
            state.Status = value;
            if((added & DeviceStatus.FeaturesOk) != 0)
            {
                ResetQueuesForFeatures();
            }
            if((added & DeviceStatus.DriverOk) != 0)
            {
                // A driver may have made buffers available and notified before the device was allowed to look. With EVENT_IDX it
                // may not notify again until the device has.
                Rescan();
            }
        }

        /// <summary>
        /// A driver of virtio 1.x writes one 32-bit word of driver_feature. After FEATURES_OK (3.1.1), or after a legacy driver's
        /// queue was used, this is reported and has no effect. A word beyond 3 is ignored.
        /// </summary>
        public void WriteDriverFeatures(uint word, uint value)
        {
            if((Status & DeviceStatus.FeaturesOk) != 0)
            {
                Reports.Misuse(DriverRules.FeaturesFrozen, word, value);
                return;
            }
            if(!WasAnyQueueUsed)
            {
                // A queue that is enabled before FEATURES_OK was enabled by a legacy driver. It must not run by features that a
                // driver of virtio 1.x writes, which may not even be on offer, so it is reset.
                ResetEnabledQueues();
            }
            SetFeatures(DriverFeatures.WithWord(word, value));
        }

        /// <summary>
        /// Resets the device (2.4): its status is 0, no queue is enabled, nothing is pending, and it reads and writes no
        /// memory until it is set up again.
        /// </summary>
        public void Reset()
        {
            state = new State(Device);
            face.DeviceReset();
            Device.Reset();
            Device.SetFeatures(DriverFeatures);
        }

        /// <summary>
        /// Sets DEVICE_NEEDS_RESET and, if DRIVER_OK is set, sends the driver a configuration change notification (2.1.2). From
        /// then on the device uses no queue and sends no notification until a reset. <paramref name="reason"/> is a sentence for
        /// the log. Has no effect if the device is parked already.
        /// </summary>
        public void Park(string reason)
        {
            if((Status & DeviceStatus.NeedsReset) != 0)
            {
                return;
            }
            var isDriven = (Status & DeviceStatus.DriverOk) != 0;
            state.Status |= DeviceStatus.NeedsReset;
            if(isDriven)
            {
                isConfigChanged = true;
                face.ConfigChanged();
            }
            Reports.Parked(reason);
        }

        /// <summary>
        /// The device configuration has changed: it gets a new generation, and the driver a notification if DRIVER_OK is set and the
        /// device has not failed.
        /// </summary>
        public void ConfigChanged()
        {
            isConfigChanged = true;
            if((Status & (DeviceStatus.DriverOk | DeviceStatus.NeedsReset | DeviceStatus.Failed)) == DeviceStatus.DriverOk)
            {
                face.ConfigChanged();
            }
        }

        /// <summary>The driver itself has changed the device configuration: it gets a new generation, and the driver no notification.</summary>
        public void ConfigChangedByDriver()
        {
            isConfigChanged = true;
        }

        /// <summary>
        /// config_generation (2.5). It changes when it is read for the first time after a change of the configuration, not
        /// with each change: then 256 changes between two reads cannot bring back the same number.
        /// </summary>
        public byte ReadConfigGeneration()
        {
            if(isConfigChanged)
            {
                isConfigChanged = false;
                generation = unchecked((byte)(generation + 1));
            }
            return generation;
        }

        /// <summary>
        /// Says whether the bus lets the device read and write memory. While it does not, the device uses no queue and ignores
        /// notifications. When it does again, the device looks at all queues, because it may have ignored some.
        /// </summary>
        public void SetBusMaster(bool isMaster)
        {
            var wasMaster = BusMaster;
            BusMaster = isMaster;
            if(isMaster && !wasMaster)
            {
                Rescan();
            }
        }

        /// <summary>The device.</summary>
        public IVirtioDevice Device { get; }

        /// <summary>The RAM that queues and buffers live in.</summary>
        public IGuestMemory Memory { get; }

        /// <summary>Receives reports of what the guest does wrong.</summary>
        public IReports Reports { get; }

        /// <summary>device_status.</summary>
        public DeviceStatus Status => state.Status;

        /// <summary>
        /// Features on offer to drivers of virtio 1.x: those of the device without <see cref="TransportOptions.Excluded"/>, and
        /// VERSION_1 always (6.2).
        /// </summary>
        public FeatureSet Offered { get; }

        /// <summary>
        /// driver_feature, all words: what the driver has written. A driver of virtio 1.x may write any bits; FEATURES_OK accepts
        /// or refuses them, and its queues are used only after that. The legacy registers drop bits that were not offered.
        /// </summary>
        public FeatureSet DriverFeatures => state.DriverFeatures;

        /// <summary>
        /// True while the driver has not acknowledged VERSION_1: it then counts as a legacy driver (2.2.3).
        /// </summary>
        public bool IsLegacy => !DriverFeatures.Has(Feature.Version1);

        /// <summary>True if the driver's rings and headers are big-endian.</summary>
        public bool UsesBigEndian => IsLegacy && GuestIsBigEndian;

        /// <summary>The guest's byte order, see <see cref="TransportOptions.GuestIsBigEndian"/>.</summary>
        public bool GuestIsBigEndian { get; }

        /// <summary>True while the bus lets the device read and write memory.</summary>
        public bool BusMaster { get; private set; }

        // 2.2.2: the driver's features are a subset of those on offer, include VERSION_1, and include all that one of them requires.
        private bool AreFeaturesAcceptable()
        {
            if(DriverFeatures.IsSubsetOf(Offered) && DriverFeatures.Has(Feature.Version1) && Device.CanRunWith(DriverFeatures))
            {
                return true;
            }
            Reports.Misuse(DriverRules.FeaturesRefused, DriverFeatures.High, DriverFeatures.Low);
            return false;
        }

        // All writes of features end here. A legacy driver may enable queues first and write features after that (3.1.2), so
        // queues that are enabled and not used yet are made again, for the new features.
        private void SetFeatures(FeatureSet features)
        {
            if(WasAnyQueueUsed)
            {
                Reports.Misuse(DriverRules.LegacyFeaturesFrozen, features.High, features.Low);
                return;
            }
            state.DriverFeatures = features;
            Device.SetFeatures(DriverFeatures);
            if(IsLegacy)
            {
                RestartQueues();
            }
        }

        private State state;
        private byte generation;
        private bool isConfigChanged;

        private readonly ITransportFace face;
        private readonly IWorkScheduler scheduler;
        private readonly QueueCounters[] counters;

        // Everything that a reset of the device forgets. It is replaced whole, so no field can be left out.
        private sealed class State
        {
            public State(IVirtioDevice device)
            {
                Queues = new QueueSlot[device.QueueCount];
                for(var i = 0; i < Queues.Length; i++)
                {
                    Queues[i] = new QueueSlot(device.MaxQueueSize(i), new FeatureSet());
                }
            }

            public DeviceStatus Status;
            public FeatureSet DriverFeatures;
            public readonly QueueSlot[] Queues;
            // The time for which the scheduler was asked last, and that has not come yet; Never if there is none.
            public ulong Alarm = Never;
        }
    }
}
