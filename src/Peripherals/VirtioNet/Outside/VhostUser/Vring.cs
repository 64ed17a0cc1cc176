#nullable enable
// What the front end has told of one ring. vhost-user: "Ring states".

using System;

using VirtioNet.Outside.VhostUser.Protocol;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Outside.VhostUser
{
    /// <summary>Size, addresses, position and event descriptors of a ring; nothing but what messages have set.</summary>
    internal sealed class Vring : IDisposable
    {
        /// <summary>
        /// A position as SET_VRING_BASE and GET_VRING_BASE have it. Split: the available index; the used index is in the ring
        /// itself. Packed: the available half in the lower 16 bits, the used half above. DPDK tells the lower half
        /// only, because its back end never stops with buffers in flight; then the halves are equal.
        /// Where a back end dies, QEMU takes a split ring's used index from the ring. A packed ring does not have it, so the
        /// position that QEMU tells the next back end is an old one: that driver has to be started anew.
        /// </summary>
        public static QueuePosition ReadBase(uint value, bool packed, ushort usedIndex)
        {
            var available = unchecked((ushort)value);
            if(!packed)
            {
                return new QueuePosition(available, usedIndex);
            }
            return new QueuePosition(available, value >> 16 != 0 ? (ushort)(value >> 16) : available);
        }

        /// <summary>The position as GET_VRING_BASE tells it.</summary>
        public static uint WriteBase(QueuePosition position, bool packed)
        {
            return packed ? (uint)position.Used << 16 | position.Available : position.Available;
        }

        /// <summary>Where a ring of the format starts that nobody has told a position for.</summary>
        public static uint FirstBase(bool packed)
        {
            return packed ? WriteBase(new QueuePosition(RingPosition.Start.ToEvent(), RingPosition.Start.ToEvent()), true) : 0;
        }

        /// <summary>The front end has stopped or reset the ring: it starts anew with the next SET_VRING_KICK.</summary>
        public void Stop()
        {
            IsStarted = false;
            SetKick(null);
            SetCall(null);
        }

        /// <summary>SET_VRING_KICK: starts the ring; without a descriptor, it has to be polled.</summary>
        public void SetKick(EventFd? value)
        {
            Kick?.Dispose();
            Kick = value;
        }

        /// <summary>SET_VRING_CALL.</summary>
        public void SetCall(EventFd? value)
        {
            Call?.Dispose();
            Call = value;
        }

        /// <summary>SET_VRING_ERR.</summary>
        public void SetErr(EventFd? value)
        {
            Err?.Dispose();
            Err = value;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            Stop();
            SetErr(null);
        }

        /// <summary>SET_VRING_NUM: the size, in descriptors; 0 until it is told.</summary>
        public ushort Num { get; set; }

        /// <summary>SET_VRING_ADDR, or null until it is told.</summary>
        public VringAddress? Addr { get; set; }

        /// <summary>SET_VRING_BASE, or where the ring was stopped; null for the start.</summary>
        public uint? Base { get; set; }

        /// <summary>SET_VRING_ENABLE, or null if nothing was said.</summary>
        public bool? Enable { get; set; }

        /// <summary>True from SET_VRING_KICK until GET_VRING_BASE.</summary>
        public bool IsStarted { get; set; }

        /// <summary>Readable when the driver has made buffers available.</summary>
        public EventFd? Kick { get; private set; }

        /// <summary>To be signalled when buffers were used.</summary>
        public EventFd? Call { get; private set; }

        /// <summary>To be signalled when the ring is broken.</summary>
        public EventFd? Err { get; private set; }

        /// <summary>True if everything is known that the ring needs to run.</summary>
        public bool IsReady => IsStarted && Num != 0 && Addr != null;
    }
}
