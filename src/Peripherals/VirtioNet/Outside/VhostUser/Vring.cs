// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What the front end has told of one ring. vhost-user: "Ring states".
//
// A ring is started or stopped, and enabled or disabled, each by messages of its own and in any order. The vhost-user document
// wants a back end to discard what is sent on a ring that is started and disabled. It also says that rings are disabled at first.
// So between SET_VRING_KICK and SET_VRING_ENABLE, which DPDK's driver sends in this order, a back end would have to discard what a
// guest has sent while there was no connection. DPDK's back end and libvhost-user do not, and neither does this one: a ring begins
// to run only when it is both started and enabled. If it is disabled after that, such as when a guest uses fewer queues, what
// is sent on it is discarded.

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
        /// A position as SET_VRING_BASE and GET_VRING_BASE have it. Of a split ring it is the available index; the used index
        /// is in the ring itself. Of a packed ring, the available position is in the lower 16 bits and the used position above
        /// them. DPDK's back end never stops with buffers in flight, so for it both are equal, and it tells the lower half only;
        /// an upper half of 0 is read as that.
        /// When a back end has died without telling its positions, QEMU takes that of a split ring from the ring's used index. A
        /// packed ring has no such index, so QEMU tells the next back end an old position, and the driver has to be started anew.
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

        /// <summary>The position at which a ring starts if the front end tells none.</summary>
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

        /// <summary>
        /// Sets what SET_VRING_KICK brings and closes the one before. Null: the back end has to look at the ring at intervals.
        /// </summary>
        public void SetKick(EventFd? value)
        {
            Kick?.Dispose();
            Kick = value;
        }

        /// <summary>Sets what SET_VRING_CALL brings, or null, and closes the one before.</summary>
        public void SetCall(EventFd? value)
        {
            Call?.Dispose();
            Call = value;
        }

        /// <summary>Sets what SET_VRING_ERR brings, or null, and closes the one before.</summary>
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

        /// <summary>True from SET_VRING_ENABLE 1 until SET_VRING_ENABLE 0.</summary>
        public bool IsEnabled { get; set; }

        /// <summary>True from SET_VRING_KICK until GET_VRING_BASE.</summary>
        public bool IsStarted { get; set; }

        /// <summary>Readable when the driver has made buffers available.</summary>
        public EventFd? Kick { get; private set; }

        /// <summary>To be signalled when buffers were used.</summary>
        public EventFd? Call { get; private set; }

        /// <summary>To be signalled when the ring is broken.</summary>
        public EventFd? Err { get; private set; }

        /// <summary>True if everything is known that the ring needs to run, and the front end has started and enabled it.</summary>
        public bool IsReady => IsStarted && IsEnabled && Num != 0 && Addr != null;
    }
}
