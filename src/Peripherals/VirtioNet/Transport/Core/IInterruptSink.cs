#nullable enable
// How a transport notifies the driver. virtio v1.4-cs01: 2.3 "Notifications".

namespace VirtioNet.Transport.Core
{
    /// <summary>The bus-specific half of device-to-driver notifications.</summary>
    public interface IInterruptSink
    {
        /// <summary>
        /// Used buffer notification: a queue has used buffers that the driver wants to know of. The vector is
        /// the one that the driver has mapped, or VIRTIO_MSI_NO_VECTOR.
        /// </summary>
        void QueueUsed(ushort vector);

        /// <summary>Configuration change notification.</summary>
        void ConfigChanged(ushort vector);

        /// <summary>The device was reset: nothing is pending any more.</summary>
        void Clear();

        /// <summary>Count of vectors that events can be mapped to; 0 without MSI-X.</summary>
        int Vectors { get; }
    }

    /// <summary>Lets work that was cut off after its fair share go on later (H-55).</summary>
    public interface IWorkScheduler
    {
        /// <summary>
        /// Asks for one call of <see cref="VirtioTransport.RunDeferred"/> soon, from outside of the current access.
        /// </summary>
        void Schedule();
    }
}
