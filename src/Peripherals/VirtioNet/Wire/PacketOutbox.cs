// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Keeps the packets that a device sends while a lock is held, and hands them on after the lock was released: nothing
// outside is called while it is held (H-116).

using System;

namespace VirtioNet.Wire
{
    /// <summary>
    /// Packets one after the other in one buffer, so that a packet allocates nothing. Any thread may add packets; one thread
    /// at a time hands them on, in their order and with no lock held, and takes what others add meanwhile. What comes
    /// straight back from the wire is added and does not recurse (H-75).
    /// <para>There are two batches: one is filled while the other is handed on, and then they change places. Each is bounded by
    /// <see cref="MaxFrames"/> and <see cref="MaxBytes"/>; what has no room stays with the sender.</para>
    /// </summary>
    public sealed class PacketOutbox : IPacketSink
    {
        /// <inheritdoc/>
        public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload)
        {
            lock(gate)
            {
                return filling.TryAdd(packet, offload);
            }
        }

        /// <summary>
        /// Hands all packets on. Returns at once if another thread is doing that, or if the wire itself calls it. If the wire has no
        /// room for a packet, this one and those after it stay for the next call. If the wire throws, the packet is lost, and the
        /// exception goes to the caller.
        /// </summary>
        public void Empty(IPacketSink wire)
        {
            if(!TryStart())
            {
                return;
            }
            try
            {
                bool hasRoom;
                do
                {
                    hasRoom = leaving.TryHandOn(wire);
                }
                while(hasRoom && TryTurn());
                if(!hasRoom)
                {
                    Stop();
                }
            }
            catch
            {
                Stop();
                throw;
            }
        }

        /// <summary>Forgets all packets but those that are being handed on.</summary>
        public void Clear()
        {
            lock(gate)
            {
                filling.Clear();
                if(!isEmptying)
                {
                    leaving.Clear();
                }
            }
        }

        /// <summary>True if no packet waits.</summary>
        public bool IsEmpty
        {
            get
            {
                lock(gate)
                {
                    return filling.IsEmpty && leaving.IsEmpty;
                }
            }
        }

        /// <summary>True if a packet was refused for lack of room: devices need not be asked for more until packets have left.</summary>
        public bool IsFull
        {
            get
            {
                lock(gate)
                {
                    return filling.IsFull;
                }
            }
        }

        /// <summary>Most frames that a batch may become.</summary>
        public const int MaxFrames = 2048;

        /// <summary>Most bytes of a batch; one packet alone may have more.</summary>
        public const int MaxBytes = 4 << 20;

        private bool TryStart()
        {
            lock(gate)
            {
                if(isEmptying)
                {
                    return false;
                }
                isEmptying = true;
                return true;
            }
        }

        // The batch has left: the other one takes its place. If nothing was added meanwhile, returns false and ends the emptying, both
        // under one lock, so that the next call of Empty finds a packet that is added later.
        private bool TryTurn()
        {
            lock(gate)
            {
                leaving.Clear();
                (filling, leaving) = (leaving, filling);
                isEmptying = !leaving.IsEmpty;
                return isEmptying;
            }
        }

        private void Stop()
        {
            lock(gate)
            {
                isEmptying = false;
            }
        }

        private Batch filling = new Batch();
        // Only the thread that empties touches it, while there is one.
        private Batch leaving = new Batch();
        private bool isEmptying;

        private readonly object gate = new object();

        private sealed class Batch
        {
            public bool TryAdd(ReadOnlySpan<byte> packet, in PacketOffload offload)
            {
                if(!room.TryTake(packet.Length, offload))
                {
                    IsFull = true;
                    return false;
                }
                var end = End + packet.Length;
                if(end > buffer.Length)
                {
                    Array.Resize(ref buffer, Math.Max(end, 2 * buffer.Length));
                }
                if(count == entries.Length)
                {
                    Array.Resize(ref entries, 2 * count);
                }
                packet.CopyTo(buffer.AsSpan(End));
                entries[count] = (end, offload);
                count++;
                return true;
            }

            // False if the wire has no room; the next call starts with the packet that it refused.
            public bool TryHandOn(IPacketSink wire)
            {
                while(next < count)
                {
                    var start = next == 0 ? 0 : entries[next - 1].End;
                    var (end, offload) = entries[next];
                    next++;
                    if(!wire.TrySend(buffer.AsSpan(start, end - start), offload))
                    {
                        next--;
                        return false;
                    }
                }
                return true;
            }

            public void Clear()
            {
                count = 0;
                next = 0;
                IsFull = false;
                room.Clear();
            }

            public bool IsFull { get; private set; }

            public bool IsEmpty => next == count;

            private int End => count == 0 ? 0 : entries[count - 1].End;

            private byte[] buffer = new byte[InitialBytes];
            private (int End, PacketOffload Offload)[] entries = new (int, PacketOffload)[InitialPackets];
            private int count;
            // The first packet that was not handed on.
            private int next;
            private PacketRoom room = new PacketRoom(MaxFrames, MaxBytes);

            private const int InitialBytes = 1 << 14;
            private const int InitialPackets = 16;
        }
    }
}
