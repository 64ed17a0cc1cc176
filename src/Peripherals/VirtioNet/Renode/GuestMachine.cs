// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What the plugin keeps for each machine: the guard of its devices, and what is known of its RAM and its byte order.

using System;
using System.Buffers.Binary;
using System.Linq;
using System.Runtime.CompilerServices;

using Antmicro.Migrant;
using Antmicro.Migrant.Hooks;
using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;

using ELFSharp.ELF;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>A machine as its hosts and cards see it. There is one object a machine, which all of them share.</summary>
    internal sealed class GuestMachine
    {
        /// <summary>The object of a machine; the same one for every caller.</summary>
        public static GuestMachine Of(IMachine machine)
        {
            lock(All)
            {
                if(!All.TryGetValue(machine, out var found))
                {
                    found = new GuestMachine(machine);
                    All.Add(machine, found);
                }
                return found;
            }
        }

        /// <summary>
        /// Looks up what has changed. Called before each access, without the guard's lock, because it asks the bus.
        /// </summary>
        public void Refresh()
        {
            // Renode raises PeripheralsChanged when something is registered or moved. When something is unregistered through the bus
            // it does not, but it pauses a running machine for that and starts it again, which raises StateChanged. On a machine
            // that is paused already nothing is raised, so then the bus is asked each time.
            if(!hasChanged && !machine.IsPaused)
            {
                return;
            }
            hasChanged = false;
            try
            {
                IsBigEndian = (machine.SystemBus.GetCPUs().FirstOrDefault()?.Endianness ?? machine.SystemBus.Endianess) == Endianess.BigEndian;
                Memory.Refresh();
            }
            catch(Exception e)
            {
                // Another thread changes the machine at this moment, or the machine ends and its bus has gone before its cards. What
                // was known holds until the next access, which looks again.
                hasChanged = true;
                machine.Log(LogLevel.Debug, "The bus cannot be asked now: {0}", e.Message);
            }
        }

        /// <summary>Every access to the machine's hosts and cards goes through it.</summary>
        public MachineGuard Guard { get; }

        /// <summary>The machine's RAM, as devices reach it.</summary>
        public SystemBusMemory Memory { get; }

        /// <summary>
        /// True if the machine's CPUs are big-endian, or its bus, if it has no CPU. The two can differ: Renode's PowerPC sits on a
        /// big-endian bus even if it runs little-endian.
        /// </summary>
        public bool IsBigEndian { get; private set; }

        /// <summary>
        /// Turns a value of 1, 2, 4 or 8 bytes as a CPU loads or stores it into that of a little-endian device, and back. The CPU sees the
        /// bytes in the order of their addresses, whatever its own order is. Renode's way for that, IEndiannessAware, is not used: it
        /// depends on whether the CPU or the device was registered first if the CPU's order is not that of the bus.
        /// </summary>
        public ulong ToLittleEndian(ulong value, int width)
        {
            return IsBigEndian ? BinaryPrimitives.ReverseEndianness(value) >> (64 - 8 * width) : value;
        }

        private GuestMachine(IMachine machine)
        {
            this.machine = machine;
            Guard = new MachineGuard(machine, this);
            Memory = new SystemBusMemory(machine);
            Watch();
            Refresh();
        }

        // A snapshot keeps neither the subscriptions to the machine's events nor the table All, so both are restored: a device that is
        // added after the snapshot was loaded finds the object that came with the snapshot.
        [PostDeserialization]
        private void Restore()
        {
            lock(All)
            {
                All.AddOrUpdate(machine, this);
            }
            hasChanged = true;
            Watch();
        }

        private void Watch()
        {
            machine.PeripheralsChanged += (_, _) => hasChanged = true;
            machine.StateChanged += (_, _) => hasChanged = true;
        }

        [Transient]
        private volatile bool hasChanged;

        private readonly IMachine machine;

        // The objects by machine. The table keeps no machine alive.
        private static readonly ConditionalWeakTable<IMachine, GuestMachine> All = new ConditionalWeakTable<IMachine, GuestMachine>();
    }
}
