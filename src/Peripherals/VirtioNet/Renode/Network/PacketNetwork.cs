// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A network of our own in Renode: "emulation CreateNetwork" makes it, and "connector Connect" connects to it as to a switch. What it
// does to packets is in Wire/Switching; here it gets devices, and its time.

using System;
using System.Collections.Generic;
using System.Linq;

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Network;
using Antmicro.Renode.UserInterface;

using VirtioNet.Reports;
using VirtioNet.Wire;
using VirtioNet.Wire.Switching;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Monitor command that makes a network.</summary>
    public static class PacketNetworkExtensions
    {
        /// <summary>
        /// Makes a network. What its links do at random depends on the seed, 0 and up: the same seed gives the same again.
        /// </summary>
        public static void CreateNetwork(this Emulation emulation, string name, long seed = 1)
        {
            var faults = new Faults();
            faults.Check(!string.IsNullOrWhiteSpace(name), $"name is \"{name}\"; it must be a word, by which the network is known in the monitor");
            faults.Check(seed >= 0, $"seed is {seed}; it must be 0 or more");
            faults.ThrowIfAny();
            var network = new PacketNetwork(name, (ulong)seed);
            try
            {
                emulation.ExternalsManager.AddExternal(network, name);
            }
            catch(RecoverableException)
            {
                network.Dispose();
                throw;
            }
        }
    }

    /// <summary>
    /// The network. Departures runs it at each synchronisation of the emulation, when no CPU runs; the monitor may look and change
    /// things at any time, hence the lock. It is held while packets are delivered, and never by a thread that sends.
    /// </summary>
    public sealed partial class PacketNetwork : IExternal, IConnectable<IMACInterface>, IHasOwnLife, IDisposable
    {
        internal PacketNetwork(string name, ulong seed)
        {
            network = new VirtualNetwork(name, seed);
            network.Observers.Add(new AddressWatch(this));
            captures = new NetworkCaptures(this, network);
            schedule = new NetworkSchedule(this, network);
            commands = new NetworkCommands(network, captures);
            reports = new ReportLog(this);
            departures = Departures.Of(EmulationManager.Instance.CurrentEmulation);
            departures.Add(this);
        }

        /// <summary>Connects a network interface. The port has the name by which the monitor knows the interface.</summary>
        [HideInMonitor]
        public void AttachTo(IMACInterface device)
        {
            Attach(device, null);
        }

        /// <summary>Disconnects an interface; what is on its way to it is dropped.</summary>
        [HideInMonitor]
        public void DetachFrom(IMACInterface device)
        {
            lock(sync)
            {
                // Renode takes away all connections of what leaves its machine, also when it has left already.
                foreach(var end in ends.Where(x => x.Device == device).ToList())
                {
                    end.Unplug();
                    ends.Remove(end);
                    network.Disconnect(end.Port);
                }
            }
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void Start()
        {
            Resume();
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void Pause()
        {
            IsPaused = true;
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void Resume()
        {
            IsPaused = false;
        }

        /// <summary>Disconnects everything, ends the captures, and runs no more.</summary>
        [HideInMonitor]
        public void Dispose()
        {
            departures.Remove(this);
            foreach(var device in ends.Select(x => x.Device).ToList())
            {
                DetachFrom(device);
            }
            lock(sync)
            {
                captures.StopAll();
            }
        }

        /// <summary>True while the emulation is paused. Frames of the world outside are dropped then.</summary>
        public bool IsPaused { get; private set; }

        /// <summary>
        /// Handles everything up to this virtual time in nanoseconds, with the commands of <see cref="At"/> and <see cref="On"/>, and
        /// announces what is due up to the horizon, at which the network runs next.
        /// </summary>
        internal void Run(ulong until, ulong horizon)
        {
            lock(sync)
            {
                try
                {
                    captures.BeginRun();
                    while(schedule.TryTake(until, out var next))
                    {
                        network.Run(next.Time);
                        Execute(next);
                    }
                    network.Run(until, horizon, schedule.UnchangedUntil(until));
                    captures.EndRun();
                }
                catch(Exception e)
                {
                    // On the thread of Renode's time, where an exception would end the emulation (H-113).
                    this.Log(LogLevel.Error, "Defect in the virtio-net plugin, please report it: {0}", e);
                }
            }
        }

        /// <summary>A device has sent a packet at this time. No CPU runs.</summary>
        internal void Send(NetworkPort port, Packet packet, ulong time)
        {
            lock(sync)
            {
                port.Send(packet, time);
            }
        }

        /// <summary>The network's name.</summary>
        internal string Name => network.Name;

        /// <summary>True if a capture of this network goes to this file. Any thread may ask.</summary>
        internal bool IsCapturedTo(string path)
        {
            return captures.IsCapturedTo(path);
        }

        // Without a name it is the interface's own in the monitor.
        private void Attach(IMACInterface device, string? name)
        {
            var emulation = EmulationManager.Instance.CurrentEmulation;
            if(name == null && !emulation.TryGetEmulationElementName(device, out name))
            {
                name = device.GetType().Name;
            }
            IMachine? machine = null;
            if(device is IPeripheral peripheral)
            {
                emulation.TryGetMachineForPeripheral(peripheral, out machine);
            }
            lock(sync)
            {
                if(ends.Any(x => x.Device == device))
                {
                    throw new RecoverableException($"{name} is connected to the network {network.Name} already: disconnect it first");
                }
                var end = device is INetworkSender sender ? (NetworkEnd)new CardEnd(this, device, sender, machine) : new EdgeEnd(this, device, machine, reports);
                end.Port = network.Connect(FreeName(name!), end);
                ends.Add(end);
                end.Plug();
            }
            EqualAddresses.LookSoon();
        }

        // Interfaces have different names, unless they have none or are of one machine after the other.
        private string FreeName(string wanted)
        {
            var name = wanted;
            for(var i = 2; network.Find(name) != null; i++)
            {
                name = $"{wanted}-{i}";
            }
            return name;
        }

        private readonly VirtualNetwork network;
        private readonly NetworkCommands commands;
        private readonly NetworkCaptures captures;
        private readonly ReportLog reports;
        private readonly Departures departures;
        private readonly object sync = new object();
        private readonly NetworkSchedule schedule;
        private readonly List<NetworkEnd> ends = new List<NetworkEnd>();

        private sealed class AddressWatch : INetworkObserver
        {
            public AddressWatch(PacketNetwork network)
            {
                this.network = network;
            }

            public void Passed(NetworkPort port, PortDirection direction, ulong time, Packet packet, in VirtioNet.Wire.Links.LinkOutcome outcome)
            {
            }

            public void AddressAtTwoPorts(MacAddress address, NetworkPort before, NetworkPort now, ulong time)
            {
                EqualAddresses.Tell(network, address.ToString(), new[] { before.Name, now.Name });
            }

            private readonly PacketNetwork network;
        }
    }
}
