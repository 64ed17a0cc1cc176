// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a queue of the network device is for. virtio v1.4-cs01: 5.1.2 "Virtqueues".

using System;

using VirtioNet.Queues;
using VirtioNet.Reports;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;
using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>
    /// One queue: its number, and what is done when the driver notifies or stops it. Each kind of queue is a class of its own,
    /// which also has the counters of the queue.
    /// </summary>
    internal abstract class QueueRole
    {
        /// <summary>Gives the role its transport, once, before any other call.</summary>
        public virtual void Attach(VirtioTransport transport)
        {
            Transport = transport;
        }

        /// <summary>
        /// The driver has made buffers available, or it is time to look: deferred work goes on, or the device may use memory
        /// again.
        /// </summary>
        public abstract void Notified(Virtqueue queue);

        /// <summary>The queue is not in use any more: the driver has stopped or reset it, or the device.</summary>
        public abstract void Stopped();

        /// <summary>The types of statistics that a queue of this kind has, as a bit mask (5.1.9.5.11).</summary>
        public abstract ulong StatisticsTypes { get; }

        /// <summary>
        /// The counters of a type that the queue has, in the order of the specification's structure; notifications and interrupts are the transport's.
        /// </summary>
        public abstract ulong[] Statistics(byte type, QueueCounters traffic);

        /// <summary>Counts from 0 again.</summary>
        public abstract void ResetCounters();

        /// <summary>What follows from the features in force; replaced whole when they change.</summary>
        public Negotiated Negotiated { get; set; } = new Negotiated(new FeatureSet(), false);

        /// <summary>Number of the queue, as the driver selects and notifies it. QueueMap gives it.</summary>
        public int Number { get; set; }

        /// <summary>
        /// False while the queue is closed: what the driver sends on it is taken and dropped, and frames for it are dropped. A reset
        /// of the device does not open it.
        /// </summary>
        public bool IsOpen { get; set; } = true;

        /// <summary>Makes the role of a queue of a device.</summary>
        protected QueueRole(NetDevice device, int number)
        {
            Device = device;
            Number = number;
        }

        /// <summary>
        /// Reports why a packet was dropped. <paramref name="packet"/> is empty if its bytes are not known;
        /// <paramref name="limit"/> is the number that it breaks, or 0.
        /// </summary>
        protected void ReportDrop(Rule rule, int length, ReadOnlySpan<byte> packet, int limit)
        {
            Transport.Reports.FrameDropped(rule, length, Ethernet.FirstType(packet), limit);
        }

        /// <summary>True if packets pass: the queue is open, and the link is up.</summary>
        protected bool IsPassing => IsOpen && Device.LinkUp;

        /// <summary>The device.</summary>
        protected NetDevice Device { get; }

        /// <summary>Its transport.</summary>
        protected VirtioTransport Transport { get; private set; } = null!;
    }
}
