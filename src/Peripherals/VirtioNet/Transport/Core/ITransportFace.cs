// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What VirtioTransport, which is the same for every bus, asks of the code that is special to one bus.
// virtio v1.4-cs01: 2.3 "Notifications", 2.4 "Device Reset".

namespace VirtioNet.Transport.Core
{
    /// <summary>
    /// The face of a transport towards its driver: the registers of PCI or MMIO, or the messages of vhost-user. It sends
    /// notifications in the way of its bus (an interrupt line, an MSI-X message, an eventfd), and keeps what only its bus
    /// has, such as the vectors that a driver has chosen. All calls come from the transport, one at a time.
    /// </summary>
    public interface ITransportFace
    {
        /// <summary>Sends a used buffer notification: the queue has used buffers that the driver wants to know of.</summary>
        void QueueUsed(int queue);

        /// <summary>Sends a configuration change notification.</summary>
        void ConfigChanged();

        /// <summary>
        /// The device was reset: the face drops pending notifications, and forgets what the driver has set in its registers.
        /// </summary>
        void DeviceReset();

        /// <summary>One queue was reset: the face forgets what the driver has set for it in its registers.</summary>
        void QueueReset(int queue);
    }

    /// <summary>Lets the device go on later with work that it has interrupted because one call may do only so much.</summary>
    public interface IWorkScheduler
    {
        /// <summary>
        /// Asks for one call of <see cref="VirtioTransport.RunDeferred()"/> soon, after the current access has returned.
        /// </summary>
        void Schedule();

        /// <summary>
        /// Asks for one call of <see cref="VirtioTransport.Wake"/> at a virtual time in microseconds. A later call of this method takes the place
        /// of an earlier one that is still to come.
        /// </summary>
        void WakeAt(ulong time);

        /// <summary>The virtual time in microseconds, which never goes back but when a snapshot is loaded.</summary>
        ulong Time { get; }
    }
}
