// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a port does on its thread whose partner takes and gives one packet by one call of the host: a datagram socket, a TAP interface.

using System;

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Outside
{
    /// <summary>
    /// Carries packets both ways. A turn sends and receives <see cref="MaxPackets"/> at most. A packet that the other side has no room for waits
    /// here, one each way, and nothing more is taken that way. No lock is held while packets leave.
    /// </summary>
    internal abstract class PacketService : IPortWork
    {
        /// <inheritdoc/>
        public abstract int Collect(PollSet poll);

        /// <inheritdoc/>
        public virtual void Work(PollSet poll)
        {
            for(var i = 0; i < MaxPackets && (unsent != null || Queue.TryTake(int.MaxValue, out unsent)) && TrySend(unsent!); i++)
            {
                unsent = null;
            }
            for(var i = 0; i < MaxPackets && (IsBlocked || TryReceive(out length)) && TryHandOn(length); i++)
            {
                length = 0;
            }
        }

        /// <summary>A defect, of the network or of the port, costs the packets that wait.</summary>
        public void Fail(Exception exception)
        {
            try
            {
                Forget();
                Queue.Open();
            }
            finally
            {
                Reports.Misuse(HostRules.Defect, 0, 0, $"{exception.GetType().Name}: {exception.Message}");
            }
        }

        /// <inheritdoc/>
        public abstract void Dispose();

        /// <summary>From now on the queue takes packets.</summary>
        private protected PacketService(SendQueue queue, PartnerCounters counters, IReports reports)
        {
            Queue = queue;
            Counters = counters;
            Reports = reports;
            queue.Open();
        }

        /// <summary>Gives a packet to the partner, or counts why not. False if it has to wait.</summary>
        private protected abstract bool TrySend(Packet packet);

        /// <summary>Gets what the partner has sent into the buffer, so many bytes. False if there is nothing.</summary>
        private protected abstract bool TryReceive(out int length);

        /// <summary>Gives what is in the buffer to the network, or counts why not. False if the network has no room.</summary>
        private protected abstract bool TryHandOn(int length);

        /// <summary>Drops what waits, and takes nothing more until the queue is opened again.</summary>
        private protected void Forget()
        {
            Counters.CountDropped(PartnerDrop.NotConnected, Queue.Close() + (unsent == null ? 0 : 1));
            unsent = null;
            length = 0;
        }

        /// <summary>True if a packet waits for the partner that it had no room for.</summary>
        private protected bool HasUnsent => unsent != null;

        /// <summary>True if there is a packet for the partner.</summary>
        private protected bool HasPackets => HasUnsent || !Queue.IsEmpty;

        /// <summary>True while a packet waits that the network had no room for: nothing more is read.</summary>
        private protected bool IsBlocked => length > 0;

        /// <summary>Packets for the partner.</summary>
        private protected SendQueue Queue { get; }

        /// <summary>What the port counts.</summary>
        private protected PartnerCounters Counters { get; }

        /// <summary>Who hears what goes wrong.</summary>
        private protected IReports Reports { get; }

        /// <summary>Milliseconds. Whoever had no room, and does not tell when there is some, is tried again.</summary>
        private protected const int PollTime = 1;

        private Packet? unsent;
        // Of what is in the buffer, or 0.
        private int length;

        private const int MaxPackets = 64;
    }
}
