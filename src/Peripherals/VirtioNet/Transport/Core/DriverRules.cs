// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a driver can get wrong with the registers of any transport. A write that breaks one of these has no effect.

using VirtioNet.Reports;

namespace VirtioNet.Transport.Core
{
    /// <summary>Rules for drivers: status, negotiation, queues, notifications.</summary>
    public static class DriverRules
    {
        /// <summary>device_status: bits are added in the order of the initialization sequence.</summary>
        public static readonly Rule StatusOrder = new Rule("device_status: bits are added in order and cleared by a reset only", "virtio v1.4-cs01: 3.1.1");

        /// <summary>device_status has eight bits, although virtio-mmio has a 32-bit register for it.</summary>
        public static readonly Rule StatusWidth = new Rule("Status has eight bits", "virtio v1.4-cs01: 2.1");

        /// <summary>FEATURES_OK was written for features that the device cannot run with.</summary>
        public static readonly Rule FeaturesRefused = new Rule("FEATURES_OK refused: a feature was not offered, lacks what it depends on, or VERSION_1 is missing", "virtio v1.4-cs01: 2.2.1");

        /// <summary>A driver does not write features after FEATURES_OK.</summary>
        public static readonly Rule FeaturesFrozen = new Rule("driver_feature is frozen after FEATURES_OK", "virtio v1.4-cs01: 3.1.1");

        /// <summary>A legacy driver writes its features before it uses a queue.</summary>
        public static readonly Rule LegacyFeaturesFrozen = new Rule("driver features are frozen once a queue was used", "virtio v1.4-cs01: 3.1.2");

        /// <summary>After virtio 1.x was negotiated, a driver does not write to the legacy interface until a reset.</summary>
        public static readonly Rule LegacyAfterModern = new Rule("a legacy register is written after virtio 1.x was negotiated; reset the device first", "virtio v1.4-cs01: 2.2.3");

        /// <summary>A notification names a queue that is enabled.</summary>
        public static readonly Rule NotificationOfAbsentQueue = new Rule("notification for a queue that is absent or disabled", "virtio v1.4-cs01: 2.3");

        /// <summary>A driver notifies after DRIVER_OK.</summary>
        public static readonly Rule NotificationTooEarly = new Rule("notification while the device is not running", "virtio v1.4-cs01: 3.1.1");

        /// <summary>queue_select names a queue of the device.</summary>
        public static readonly Rule QueueAbsent = new Rule("the selected queue does not exist", "virtio v1.4-cs01: 4.1.4.3");

        /// <summary>A driver sets up a queue before it enables it.</summary>
        public static readonly Rule QueueFrozen = new Rule("the selected queue is enabled, its fields are frozen", "virtio v1.4-cs01: 4.1.4.3.2");

        /// <summary>queue_size is at most what the device has offered; of a split queue it is a power of two.</summary>
        public static readonly Rule QueueSize = new Rule("queue_size is at most the size offered, and a power of two unless RING_PACKED is negotiated", "virtio v1.4-cs01: 4.1.4.3.2");

        /// <summary>A driver does not write 0 to queue_enable.</summary>
        public static readonly Rule QueueEnableValue = new Rule("queue_enable: only 1 may be written", "virtio v1.4-cs01: 4.1.4.3.2");

        /// <summary>Queues are set up after FEATURES_OK.</summary>
        public static readonly Rule QueueEnableTooEarly = new Rule("queue_enable before FEATURES_OK", "virtio v1.4-cs01: 3.1.1");

        /// <summary>A driver resets a single queue only while it is enabled, and only if RING_RESET was negotiated.</summary>
        public static readonly Rule QueueReset = new Rule("queue_reset: only 1 may be written, for an enabled queue, with RING_RESET negotiated", "virtio v1.4-cs01: 2.6.1");

        /// <summary>Legacy virtio-mmio: the page size that a driver writes is a power of two.</summary>
        public static readonly Rule GuestPageSize = new Rule("GuestPageSize is a power of two", "virtio v1.4-cs01: 4.2.4");

        /// <summary>Legacy virtio-mmio: the alignment of the used ring that a driver writes is a power of two.</summary>
        public static readonly Rule QueueAlign = new Rule("QueueAlign is a power of two", "virtio v1.4-cs01: 4.2.4");
    }
}
