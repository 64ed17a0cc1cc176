// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What ports for partners have in common: the queue of frames to the partner, the way of frames from it, counters, and the life of the
// thread. How frames travel is the work of each.

using System;

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Outside
{
    /// <summary>
    /// Carries frames between a network and a partner outside. While the partner is away, frames to it are dropped and counted.
    /// </summary>
    public abstract class PartnerPort : IOutsidePort
    {
        /// <inheritdoc/>
        public void Start()
        {
            lock(gate)
            {
                if(thread != null || isDisposed)
                {
                    throw new InvalidOperationException(isDisposed ? "the port was disposed" : "the port was started already");
                }
                var work = Open();
                try
                {
                    thread = new PortThread(ThreadName, work);
                }
                catch
                {
                    work.Dispose();
                    throw;
                }
                // A frame may have come before there was a thread to wake.
                thread.Wake();
            }
        }

        /// <summary>A packet that the port takes arrives from the network for the partner. Any thread may call. Allocates nothing.</summary>
        public void Receive(Packet packet)
        {
            if(!LinkUp)
            {
                Counters.CountDropped(PartnerDrop.SentLinkDown, 1);
            }
            else if(Queue.Add(packet, Counters, Reports))
            {
                thread?.Wake();
            }
        }

        /// <inheritdoc/>
        public void CountRefused()
        {
            Counters.CountDropped(PartnerDrop.ReceivedRefused, 1);
        }

        /// <inheritdoc/>
        public void ResetCounters()
        {
            Counters.Reset();
        }

        /// <summary>
        /// Ends the thread, closes all descriptors and leaves nothing behind; returns when it is done. Called from
        /// <see cref="Changed"/> or the network it returns before that: the thread that it is on ends when it comes back.
        /// </summary>
        public void Dispose()
        {
            PortThread? ending;
            lock(gate)
            {
                isDisposed = true;
                ending = thread;
            }
            ending?.Dispose();
            GC.SuppressFinalize(this);
        }

        /// <inheritdoc/>
        public event Action? Changed;

        /// <summary>What the port has counted.</summary>
        public PartnerCounters Counters { get; } = new PartnerCounters();

        /// <inheritdoc/>
        public bool LinkUp
        {
            get => Entrance.LinkUp;
            set => Entrance.LinkUp = value;
        }

        /// <inheritdoc/>
        public virtual PortOffloads Offloads => default;

        /// <summary>Most frames that wait for a partner.</summary>
        public const int MaxFrames = SendQueue.MaxFrames;

        /// <summary>Makes a port. Frames of the partner go to <paramref name="network"/>, on the port's thread, with no lock held.</summary>
        private protected PartnerPort(IPacketSink network, IReports reports)
        {
            Reports = reports;
            Entrance = new PartnerEntrance(network, Counters, reports);
        }

        /// <summary>Gets hold of what is needed, and makes the work of the thread, which owns it from then on. Throws as Start does.</summary>
        private protected abstract IPortWork Open();

        /// <summary>For derived classes to raise <see cref="Changed"/>.</summary>
        private protected void TellChange()
        {
            Changed?.Invoke();
        }

        /// <summary>What the system calls the thread.</summary>
        private protected abstract string ThreadName { get; }

        /// <summary>Frames that wait for the partner.</summary>
        private protected SendQueue Queue { get; } = new SendQueue();

        /// <summary>The way of frames from the partner.</summary>
        private protected PartnerEntrance Entrance { get; }

        /// <summary>Who hears what goes wrong.</summary>
        private protected IReports Reports { get; }

        private PortThread? thread;
        private bool isDisposed;

        private readonly object gate = new object();
    }
}
