// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a transport needs of a device type, and what the device type may ask of its transport.
// virtio v1.4-cs01: 2 "Basic Facilities of a Virtio Device".

using System;

using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Transport.Core
{
    /// <summary>A device of some type, such as a network device. All calls come from its transport, one at a time.</summary>
    public interface IVirtioDevice
    {
        /// <summary>Gives the device its transport, once, before any other call.</summary>
        void Attach(VirtioTransport transport);

        /// <summary>
        /// True if the device can run with these features, all of which it has offered: dependencies are met.
        /// </summary>
        bool CanRunWith(FeatureSet features);

        /// <summary>
        /// The features in force have changed: the driver has written some, or they are none again after a reset. They do
        /// not change any more once a queue was used.
        /// </summary>
        void SetFeatures(FeatureSet features);

        /// <summary>
        /// The driver has made buffers available, or may have: the device looks at the queue. It does only so much work in one
        /// call, leaves the rest to <see cref="VirtioTransport.Defer"/>, and ends with <see cref="VirtioTransport.Complete"/>.
        /// </summary>
        void Notified(Virtqueue queue);

        /// <summary>The driver has stopped or reset a queue: the device drops whatever it still holds for that queue.</summary>
        void QueueStopped(int queue);

        /// <summary>Largest size of a queue, in descriptors: 1..32768.</summary>
        ushort MaxQueueSize(int queue);

        /// <summary>
        /// A legacy driver writes a byte of the configuration. False if that byte may not be written.
        /// </summary>
        bool TryWriteConfig(int offset, byte value);

        /// <summary>
        /// The index in <see cref="Config"/> of the byte that a big-endian legacy driver finds at an offset:
        /// its fields are in its own byte order (2.5.3).
        /// </summary>
        int BigEndianConfigIndex(int offset);

        /// <summary>Forgets everything that the driver has set. The transport calls <see cref="SetFeatures"/> after it.</summary>
        void Reset();

        /// <summary>The device type, as "Device Types" (5) numbers them.</summary>
        ushort DeviceType { get; }

        /// <summary>Class code of a PCI function of this type: base class, subclass, interface.</summary>
        uint PciClass { get; }

        /// <summary>Features of the device type and of its rings. The transport adds VERSION_1, and leaves out what its bus lacks.</summary>
        FeatureSet Offered { get; }

        /// <summary>Features that are offered to legacy drivers only, besides those of <see cref="Offered"/>.</summary>
        FeatureSet OfferedToLegacy { get; }

        /// <summary>Count of queues: 1..65535.</summary>
        int QueueCount { get; }

        /// <summary>The device-specific configuration as it is now, little-endian.</summary>
        ReadOnlySpan<byte> Config { get; }
    }
}
