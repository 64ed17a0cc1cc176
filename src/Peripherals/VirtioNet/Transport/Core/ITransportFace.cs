// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What the transport's core asks of the bus around it. virtio v1.4-cs01: 2.3 "Notifications", 2.4 "Device Reset".

namespace VirtioNet.Transport.Core
{
    /// <summary>
    /// The face of a transport towards its driver: registers of a bus, or messages of vhost-user. It turns
    /// notifications into what its bus has for them, and keeps what only its bus knows, such as vectors.
    /// </summary>
    public interface ITransportFace
    {
        /// <summary>Used buffer notification: the queue has used buffers that the driver wants to know of.</summary>
        void QueueUsed(int queue);

        /// <summary>Configuration change notification.</summary>
        void ConfigChanged();

        /// <summary>
        /// The device was reset: no notification is pending any more, and what the driver has set in the registers is
        /// forgotten.
        /// </summary>
        void DeviceReset();

        /// <summary>One queue was reset: what the driver has set for it in the registers is forgotten.</summary>
        void QueueReset(int queue);
    }

    /// <summary>Lets work that was cut off after its fair share go on later.</summary>
    public interface IWorkScheduler
    {
        /// <summary>
        /// Asks for one call of <see cref="VirtioTransport.RunDeferred()"/> soon, from outside of the current access.
        /// </summary>
        void Schedule();
    }
}
