// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Where a device is connected to a network of our own, and when it gets its packets.
//
// The network runs when no CPU does, at each synchronisation of the emulation. What is due between this point and the next is
// announced: a machine that has a virtual time of its own then has it on its schedule, so a packet arrives between two instructions
// of the guest, at its exact time. All others get theirs when the network runs: devices without a machine, such as a TAP interface,
// and machines that share their time, on which it would depend on the host's threads when the guest sees the packet.

using System;

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Network;
using Antmicro.Renode.Time;

using VirtioNet.Wire;
using VirtioNet.Wire.Switching;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>The network's view of a device. Plain data: a snapshot keeps it, and what is on the machine's schedule.</summary>
    internal abstract class NetworkEnd : IScheduledPort
    {
        /// <inheritdoc/>
        public abstract void Receive(Packet packet);

        /// <inheritdoc/>
        void IScheduledPort.Announce(NetworkPort port, ulong time)
        {
            if(Machine == null || announced == time || !Machine.HasOwnTime())
            {
                return;
            }
            // On the machine's own schedule its clock stands at the time that is rung; elsewhere the machine knows the time.
            var now = isRinging ? ringing : Machine.ElapsedVirtualTime.TimeElapsed.TotalNanoseconds;
            if(time > now)
            {
                announced = time;
                Machine.ScheduleAction(TimeInterval.FromNanoseconds(time - now), _ => Ring(time), "network delivery");
            }
        }

        /// <summary>Begins to take what the device sends. Called when there is a port.</summary>
        public abstract void Plug();

        /// <summary>The device sends nothing more here, and nothing is delivered to it.</summary>
        public virtual void Unplug()
        {
            lock(gate)
            {
                isUnplugged = true;
            }
        }

        /// <summary>The device itself leaves, because it ends.</summary>
        public void Detach()
        {
            Network.DetachFrom(Device);
        }

        /// <inheritdoc/>
        public abstract PortOffloads Offloads { get; }

        /// <summary>What is connected.</summary>
        public IMACInterface Device { get; }

        /// <summary>The port. Set once, when there is one.</summary>
        public NetworkPort Port { get; set; } = null!;

        /// <summary>Takes the network, the device, and its machine, if it has one.</summary>
        protected NetworkEnd(PacketNetwork network, IMACInterface device, IMachine? machine)
        {
            Network = network;
            Device = device;
            Machine = machine;
        }

        /// <summary>The network.</summary>
        protected PacketNetwork Network { get; }

        /// <summary>The machine that the device is a part of.</summary>
        protected IMachine? Machine { get; }

        // On a thread of the machine. The lock is against the monitor's, which may disconnect the device.
        private void Ring(ulong time)
        {
            lock(gate)
            {
                if(isUnplugged)
                {
                    return;
                }
                isRinging = true;
                ringing = time;
                try
                {
                    Port.Deliver(time);
                }
                finally
                {
                    isRinging = false;
                }
            }
        }

        private bool isUnplugged;
        private bool isRinging;
        private ulong ringing;
        // What the machine has on its schedule. Time 0 is never announced.
        private ulong announced;

        private readonly object gate = new object();
    }
}
