#nullable enable
// A generic PCI Express host bridge: "pci-host-ecam-generic" of the device tree bindings.
//
// Fixed regions on the system bus (PcieEcamRegions.cs), of which only the first is a must:
//   ecam     configuration space, 1 MiB a bus; bus 0 is the only one
//   mmio     memory space of the bus, from mmioBase on
//   mmio64   more of the same memory space, from mmio64Base on, by custom above 4 GiB
//   io       I/O space of the bus, from ioBase on
// BARs are decoded in here: nothing is registered on the system bus while the machine runs.

using System;
using System.Collections.Generic;
using System.Linq;

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.UserInterface;

using VirtioNet.Pci;

namespace Antmicro.Renode.Peripherals.PCI
{
    /// <summary>
    /// The host bridge. Its GPIO outputs 0 to 3 are INTA to INTD behind the standard swizzle: a function in
    /// slot s with pin p (INTA = 1) drives output (s + p - 1) mod 4.
    /// </summary>
    public sealed partial class PcieEcamHost : IBusPeripheral, IPeripheralContainer<IPciEndpoint, PciRegistration>, INumberedGPIOOutput, IInterruptLines
    {
        /// <summary>
        /// Makes a host with an empty bus. <paramref name="mmioBase"/> is the PCI address of the first byte of
        /// the mmio region, <paramref name="mmio64Base"/> that of the mmio64 region; by default each is the
        /// address that the region has on the system bus. <paramref name="ioBase"/> is the port number of the
        /// first byte of the io region.
        /// </summary>
        public PcieEcamHost(IMachine machine, ulong? mmioBase = null, ulong ioBase = 0, ulong? mmio64Base = null)
        {
            this.machine = machine;
            bases[(int)Space.Memory] = mmioBase;
            bases[(int)Space.Memory64] = mmio64Base;
            bases[(int)Space.Io] = ioBase;
            bus = new PciBus(this, new ReportLog(this));
            Connections = Enumerable.Range(0, PciSpec.InterruptLines).ToDictionary(x => x, x => (IGPIO)new GPIO());
        }

        /// <inheritdoc/>
        public void Register(IPciEndpoint peripheral, PciRegistration registrationPoint)
        {
            lock(Sync)
            {
                if(endpoints.TryGetValue(registrationPoint, out var other))
                {
                    throw new RegistrationException($"PCI place {registrationPoint} is taken by {other.GetType().Name}: choose another slot or function");
                }
                var place = GetRegistrationPoints(peripheral).FirstOrDefault();
                if(place != null)
                {
                    throw new RegistrationException($"{peripheral.GetType().Name} sits at PCI place {place} already, and one place is all that it can have");
                }
                endpoints.Add(registrationPoint, peripheral);
                peripheral.PluggedInto(this);
                bus.TryAdd(registrationPoint.Slot, registrationPoint.Function, peripheral.Function);
                plugged = endpoints.Values.ToArray();
            }
            machine.RegisterAsAChildOf(this, peripheral, registrationPoint);
        }

        /// <inheritdoc/>
        public void Unregister(IPciEndpoint peripheral)
        {
            // No guest sees half of it.
            using(machine.ObtainPausedState(true))
            {
                // H-120: without power it forgets what it had in hand, and comes back as new.
                peripheral.Reset();
                lock(Sync)
                {
                    foreach(var place in GetRegistrationPoints(peripheral))
                    {
                        bus.Remove(place.Slot, place.Function);
                        endpoints.Remove(place);
                    }
                    peripheral.PluggedInto(null);
                    plugged = endpoints.Values.ToArray();
                }
                machine.UnregisterAsAChildOf(this, peripheral);
            }
        }

        /// <summary>
        /// Pulls a card out while the machine runs, by the name that it has in the platform, such as "net1". The
        /// guest is not told: have it let go of the function first, unless a surprise is wanted.
        /// </summary>
        public void Unplug(string name)
        {
            // Whole paths are welcome too: "sysbus.pcie.net1".
            var endpoint = Array.Find(plugged, x => NameOf(x) == name.Split('.').Last());
            if(endpoint == null)
            {
                var known = plugged.Length == 0 ? "it is empty" : "on it are " + string.Join(", ", plugged.Select(NameOf));
                throw new RecoverableException($"There is no \"{name}\" on this PCI bus: {known}");
            }
            machine.UnregisterFromParent(endpoint);
        }

        /// <inheritdoc/>
        public IEnumerable<PciRegistration> GetRegistrationPoints(IPciEndpoint peripheral)
        {
            return endpoints.Where(x => x.Value == peripheral).Select(x => x.Key).ToList();
        }

        /// <inheritdoc/>
        public void Reset()
        {
            // The bus has no state of its own; each endpoint is reset by the machine.
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void SetLine(int line, bool level)
        {
            // Under the lock: two threads must not drive the line in the opposite order of what they saw.
            // Interrupt controllers do not call back.
            Connections[line].Set(level);
        }

        /// <inheritdoc/>
        public IEnumerable<IRegistered<IPciEndpoint, PciRegistration>> Children =>
            endpoints.Select(x => Registered.Create(x.Value, x.Key)).ToList();

        /// <inheritdoc/>
        public IReadOnlyDictionary<int, IGPIO> Connections { get; }

        /// <summary>The one lock of the host and all its endpoints. Never held while frames leave.</summary>
        internal object Sync { get; } = new object();

        private ulong Read(Space space, long offset, int width)
        {
            lock(Sync)
            {
                try
                {
                    return space == Space.Config
                        ? bus.ReadConfig((ulong)offset, width)
                        : bus.Read(space == Space.Io, BusAddress(space, offset), width);
                }
                catch(Exception e)
                {
                    Fail(space, offset, e);
                    return PciSpec.AllOnes(width);
                }
            }
        }

        private void Write(Space space, long offset, int width, ulong value)
        {
            lock(Sync)
            {
                try
                {
                    if(space == Space.Config)
                    {
                        bus.WriteConfig((ulong)offset, width, value);
                    }
                    else
                    {
                        bus.Write(space == Space.Io, BusAddress(space, offset), width, value);
                    }
                }
                catch(Exception e)
                {
                    Fail(space, offset, e);
                }
            }
            foreach(var endpoint in plugged)
            {
                endpoint.AfterAccess();
            }
        }

        // H-113: the outermost catch. A defect of ours parks the device that it happened in.
        private void Fail(Space space, long offset, Exception exception)
        {
            var function = space == Space.Config
                ? bus.FunctionAt((ulong)offset)
                : bus.FunctionAt(space == Space.Io, BusAddress(space, offset));
            this.Log(LogLevel.Error, "Access to {0} space at 0x{1:X} failed: {2}", space, offset, exception);
            Array.Find(plugged, x => x.Function == function)?.Fail(exception);
        }

        private string? NameOf(IPciEndpoint endpoint)
        {
            return machine.TryGetLocalName(endpoint, out var name) ? name : null;
        }

        // The PCI address behind an offset into a region.
        private ulong BusAddress(Space space, long offset)
        {
            var start = bases[(int)space] ?? FindBase(space);
            return unchecked(start + (ulong)offset);
        }

        private ulong FindBase(Space space)
        {
            var region = space == Space.Memory ? "mmio" : "mmio64";
            var start = machine.SystemBus.GetRegistrationPoints(this)
                .OfType<BusMultiRegistration>()
                .First(x => x.ConnectionRegionName == region)
                .Range.StartAddress;
            bases[(int)space] = start;
            return start;
        }

        // What endpoints holds; replaced whole, so that it can be walked without the lock.
        private IPciEndpoint[] plugged = Array.Empty<IPciEndpoint>();

        private readonly ulong?[] bases = new ulong?[(int)Space.Io + 1];
        private readonly IMachine machine;
        private readonly PciBus bus;
        private readonly Dictionary<PciRegistration, IPciEndpoint> endpoints = new Dictionary<PciRegistration, IPciEndpoint>();

        private enum Space
        {
            Config,
            Memory,
            Memory64,
            Io,
        }
    }
}
