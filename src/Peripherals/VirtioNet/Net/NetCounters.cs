// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What the device counts, all queues together. Every frame that comes in is delivered, waiting or counted as dropped.

using System;
using System.Threading;

namespace VirtioNet.Net
{
    /// <summary>
    /// Counters since the device was made or <see cref="NetDevice.ResetCounters"/> was called; neither a reset by the driver
    /// nor one of the machine clears them. <see cref="NetDevice.TransmitCountersOf"/> and
    /// <see cref="NetDevice.ReceiveCountersOf"/> return the counters of a single queue.
    /// </summary>
    public sealed class NetCounters
    {
        internal NetCounters(QueueMap queues)
        {
            this.queues = queues;
        }

        /// <summary>
        /// The network has refused a frame that was handed to the wire: counts it as <see cref="TxDropRefused"/>. Any thread may
        /// call, because a frame can be refused after it has left the device.
        /// </summary>
        public void CountRefused()
        {
            Interlocked.Increment(ref refused);
        }

        /// <summary>Frames sent by the driver and handed to the wire.</summary>
        public ulong TxFrames => SumTransmit(x => x.Frames);

        /// <summary>Bytes of those frames, as on the wire without check sequence.</summary>
        public ulong TxBytes => SumTransmit(x => x.Bytes);

        /// <summary>Frames shorter than 60 bytes that were filled up with zeros (H-64).</summary>
        public ulong TxPadded => SumTransmit(x => x.Padded);

        /// <summary>
        /// Buffers that held no legal frame: too short for virtio-net header and Ethernet header, too long, or device-writable
        /// (H-14, H-60, H-63, H-64).
        /// </summary>
        public ulong TxDropMalformed => SumTransmit(x => x.DropMalformed);

        /// <summary>Frames that ask for an offload that was not negotiated or that cannot be done (H-65 to H-70).</summary>
        public ulong TxDropOffload => SumTransmit(x => x.DropOffload);

        /// <summary>
        /// Of the frames handed to the wire, those that it would not carry: the emulator's network could not parse them, or too
        /// many bytes waited to leave.
        /// </summary>
        public ulong TxDropRefused => (ulong)Interlocked.Read(ref refused);

        /// <summary>Frames taken off the wire and put into the driver's buffers.</summary>
        public ulong RxFrames => SumReceive(x => x.Frames);

        /// <summary>Bytes of those frames.</summary>
        public ulong RxBytes => SumReceive(x => x.Bytes);

        /// <summary>Frames that came while the driver was not running, or that still waited when it reset the device or a queue.</summary>
        public ulong RxDropNotReady => SumReceive(x => x.DropNotReady);

        /// <summary>Frames that came while too many others waited for buffers (H-80).</summary>
        public ulong RxDropOverruns => SumReceive(x => x.DropOverruns);

        /// <summary>Frames shorter than an Ethernet header (H-84).</summary>
        public ulong RxDropRunt => SumReceive(x => x.DropRunt);

        /// <summary>Frames longer than the MTU allows (H-83, H-85).</summary>
        public ulong RxDropTooLong => SumReceive(x => x.DropTooLong);

        /// <summary>Frames that did not fit the driver's buffers (H-81).</summary>
        public ulong RxDropTooBig => SumReceive(x => x.DropTooBig);

        /// <summary>Frames for an address that the driver has not asked for, by mode or table.</summary>
        public ulong RxDropOtherAddress => SumReceive(x => x.DropOtherAddress);

        /// <summary>Frames for a VLAN that the driver has not asked for.</summary>
        public ulong RxDropOtherVlan => SumReceive(x => x.DropOtherVlan);

        /// <summary>Frames that came while the link was down or their queue closed (<see cref="NetDevice.SetOpen"/>).</summary>
        public ulong RxDropLinkDown => SumReceive(x => x.DropLinkDown);

        /// <summary>Frames sent while the link was down or their queue closed.</summary>
        public ulong TxDropLinkDown => SumTransmit(x => x.DropLinkDown);

        internal void Reset()
        {
            Interlocked.Exchange(ref refused, 0);
            foreach(var role in queues.All)
            {
                role.ResetCounters();
            }
        }

        private ulong SumTransmit(Func<TransmitCounters, ulong> counter)
        {
            var sum = 0UL;
            foreach(var role in queues.Transmit)
            {
                sum += counter(role.Counters);
            }
            return sum;
        }

        private ulong SumReceive(Func<ReceiveCounters, ulong> counter)
        {
            var sum = 0UL;
            foreach(var role in queues.Receive)
            {
                sum += counter(role.Counters);
            }
            return sum;
        }

        private long refused;

        private readonly QueueMap queues;
    }
}
