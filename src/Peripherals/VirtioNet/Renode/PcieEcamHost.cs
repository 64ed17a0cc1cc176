// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A generic PCI Express host bridge: "pci-host-ecam-generic" of the device tree bindings.
//
// Fixed regions on the system bus (PcieEcamRegions.cs), of which only the first has to be there:
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
    /// The host bridge. Its GPIO outputs 0 to 3 are INTA to INTD of the bus: a function in slot s with pin p (INTA = 1) drives
    /// output (s + p - 1) mod 4, which is the standard swizzle.
    /// </summary>
    public sealed partial class PcieEcamHost : IBusPeripheral, IPeripheralContainer<IPciEndpoint, PciRegistration>, INumberedGPIOOutput, IInterruptLines, IDisposable
    {
        /// <summary>
        /// Makes a host with an empty bus. <paramref name="mmioBase"/> is the PCI address of the first byte of
        /// the mmio region, <paramref name="mmio64Base"/> that of the mmio64 region; by default each is the
        /// address that the region has on the system bus. <paramref name="ioBase"/> is the port number of the
        /// first byte of the io region.
        /// </summary>
        public PcieEcamHost(IMachine machine, ulong? mmioBase = null, ulong ioBase = 0, ulong? mmio64Base = null)
        {
            var faults = new Faults();
            faults.Check(mmioBase is null or <= uint.MaxValue, $"mmioBase is 0x{mmioBase:X}; 32-bit BARs lie there, so it must be at most 0xFFFFFFFF; for memory above that there is mmio64Base");
            faults.Check(ioBase <= uint.MaxValue, $"ioBase is 0x{ioBase:X}; port numbers have 32 bits, so it must be at most 0xFFFFFFFF");
            faults.ThrowIfAny();
            this.machine = machine;
            guest = GuestMachine.Of(machine);
            bases[(int)Space.Config] = 0;
            bases[(int)Space.Memory] = mmioBase;
            bases[(int)Space.Memory64] = mmio64Base;
            bases[(int)Space.Io] = ioBase;
            reports = new ReportLog(this, guest.Guard);
            bus = new PciBus(this, reports);
            var outputs = Enumerable.Range(0, PciSpec.InterruptLines).Select(x => new GPIO()).ToArray();
            lines = Array.ConvertAll(outputs, x => new LevelLine(x));
            Connections = Enumerable.Range(0, outputs.Length).ToDictionary(x => x, x => (IGPIO)outputs[x]);
        }

        /// <inheritdoc/>
        public void Register(IPciEndpoint peripheral, PciRegistration registrationPoint)
        {
            var regions = machine.SystemBus.GetRegistrationPoints(this).OfType<BusMultiRegistration>().ToList();
            CheckPlace(registrationPoint, regions);
            if(peripheral.Host != null)
            {
                var place = peripheral.Host.GetRegistrationPoints(peripheral).First();
                throw new RegistrationException($"{Describe(peripheral)} sits at PCI place {place} of {peripheral.Host.Describe(peripheral.Host)} already, and one place is all that it can have");
            }
            if(endpoints.TryGetValue(registrationPoint, out var other))
            {
                throw new RegistrationException($"PCI place {registrationPoint} is taken by {Describe(other)}: choose another slot or function");
            }
            machine.RegisterAsAChildOf(this, peripheral, registrationPoint);
            Change(bus =>
            {
                endpoints = new Dictionary<PciRegistration, IPciEndpoint>(endpoints) { { registrationPoint, peripheral } };
                peripheral.Host = this;
                bus.TryAdd(registrationPoint.Slot, registrationPoint.Function, peripheral.Function);
            });
            if(endpoints.Count == 1 && PcieRegion.WarningOf(regions) is { } warning)
            {
                this.Log(LogLevel.Warning, "{0}", warning);
            }
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void Unregister(IPciEndpoint peripheral)
        {
            // The machine is paused, so that no guest sees a card that is half removed.
            using(machine.ObtainPausedState(true))
            {
                // As without power the card forgets its state and its pending work. It is as new if it is registered again (H-120).
                peripheral.Reset();
                Change(bus =>
                {
                    foreach(var place in GetRegistrationPoints(peripheral))
                    {
                        bus.Remove(place.Slot, place.Function);
                    }
                    endpoints = endpoints.Where(x => x.Value != peripheral).ToDictionary(x => x.Key, x => x.Value);
                    peripheral.Host = null;
                });
                machine.UnregisterAsAChildOf(this, peripheral);
            }
            foreach(var place in endpoints.Keys.Where(x => !endpoints.ContainsKey(new PciRegistration(x.Slot))))
            {
                this.Log(LogLevel.Warning, "PCI place {0} is hidden from guests now, because its slot has no function 0 any more: unplug it too", place);
            }
        }

        /// <summary>
        /// Pulls a card out while the machine runs, by the name that it has in the platform, such as "net1". The
        /// guest is not told: make it release the function first, unless a surprise removal is wanted. Throws
        /// <see cref="RecoverableException"/> if there is no such card.
        /// </summary>
        public void Unplug(string name)
        {
            // A whole path is accepted, too: "sysbus.pcie.net1". The monitor can pass null.
            var endpoint = endpoints.Values.FirstOrDefault(x => NameOf(x) == name?.Split('.').Last());
            if(endpoint == null)
            {
                var known = endpoints.Count == 0 ? "it is empty" : "on it are " + string.Join(", ", endpoints.Values.Select(NameOf));
                throw new RecoverableException($"There is no \"{name}\" on this PCI bus: {known}");
            }
            machine.UnregisterFromParent(endpoint);
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public IEnumerable<PciRegistration> GetRegistrationPoints(IPciEndpoint peripheral)
        {
            return endpoints.Where(x => x.Value == peripheral).Select(x => x.Key).ToList();
        }

        /// <inheritdoc/>
        public void Reset()
        {
            // The bus has no state of its own; each endpoint is reset by the machine.
        }

        /// <summary>The host was taken off its machine, or the machine ends. Renode disposes of the cards itself.</summary>
        [HideInMonitor]
        public void Dispose()
        {
            // When the machine ends, nobody is there any more to see a line fall.
            if(!machine.IsRegistered(this))
            {
                Change(_ => Array.ForEach(lines, x => x.Fall()));
            }
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void SetLine(int line, bool level)
        {
            lines[line].Set(level);
        }

        /// <inheritdoc/>
        public IEnumerable<IRegistered<IPciEndpoint, PciRegistration>> Children =>
            endpoints.Select(x => Registered.Create(x.Value, x.Key)).ToList();

        /// <inheritdoc/>
        public IReadOnlyDictionary<int, IGPIO> Connections { get; }

        private ulong Read(Space space, long offset, int width)
        {
            var access = new Access(this, space, BusAddress(space, offset), width, 0);
            var value = guest.Guard.Run(access, static x => x.Host.Read(x), static (x, e) => x.Host.Fail(x, e));
            return guest.ToLittleEndian(value, width);
        }

        private void Write(Space space, long offset, int width, ulong value)
        {
            var access = new Access(this, space, BusAddress(space, offset), width, guest.ToLittleEndian(value, width));
            guest.Guard.Run(access, static x => x.Host.Write(x), static (x, e) => x.Host.Fail(x, e));
        }

        private ulong Read(in Access access)
        {
            return access.Space == Space.Config
                ? bus.ReadConfig(access.Address, access.Width)
                : bus.Read(access.Space == Space.Io, access.Address, access.Width);
        }

        private ulong Write(in Access access)
        {
            var function = access.Space == Space.Config
                ? bus.WriteConfig(access.Address, access.Width, access.Value)
                : bus.Write(access.Space == Space.Io, access.Address, access.Width, access.Value);
            EndpointOf(function)?.AfterWrite();
            return 0;
        }

        // An exception is a defect of the plugin: it is logged, parks the card that was accessed, and goes no further (H-113).
        private ulong Fail(in Access access, Exception exception)
        {
            reports.Log(LogLevel.Error, $"Access to {access.Space} space at 0x{access.Address:X} failed: {exception}");
            var function = access.Space == Space.Config
                ? bus.FunctionAt(access.Address)
                : bus.FunctionAt(access.Space == Space.Io, access.Address);
            EndpointOf(function)?.Fail(exception);
            return PciSpec.AllOnes(access.Width);
        }

        // Changes what is on the bus, with the lock held, so that no access is being made.
        private void Change(Action<PciBus> change)
        {
            guest.Guard.Run((Host: this, Change: change),
                static x =>
                {
                    x.Change(x.Host.bus);
                    return 0;
                },
                static (x, e) =>
                {
                    x.Host.reports.Log(LogLevel.Error, $"Defect in the PCI host, please report it: {e}");
                    return 0;
                });
        }

        private IPciEndpoint? EndpointOf(IPciFunction? function)
        {
            foreach(var endpoint in endpoints.Values)
            {
                if(endpoint.Function == function)
                {
                    return endpoint;
                }
            }
            return null;
        }

        // Throws RegistrationException if there is no such place, if the host has no region by which a guest finds cards, or if a guest
        // would not look at the function.
        private void CheckPlace(PciRegistration place, IReadOnlyCollection<BusMultiRegistration> regions)
        {
            var faults = new Faults();
            place.Check(faults);
            if(faults.ToString() is { Length: > 0 } sentences)
            {
                throw new RegistrationException($"PCI place {place} does not exist: {sentences}");
            }
            if(PcieRegion.FaultOf(regions) is { } fault)
            {
                throw new RegistrationException($"The PCI host {NameOf(this)} is of no use yet: {fault}");
            }
            if(place.Function != 0 && !endpoints.ContainsKey(new PciRegistration(place.Slot)))
            {
                throw new RegistrationException($"Slot {place.Slot} has no function 0, and a guest takes such a slot for empty: register function 0 before function {place.Function}");
            }
        }

        private string? NameOf(IPeripheral endpoint)
        {
            return machine.TryGetLocalName(endpoint, out var name) ? name : null;
        }

        private string Describe(IPeripheral peripheral)
        {
            return peripheral.GetType().Name + (machine.TryGetLocalName(peripheral, out var name) ? " " + name : "");
        }

        // The ECAM offset, PCI address or port number of an offset into a region.
        private ulong BusAddress(Space space, long offset)
        {
            return unchecked((bases[(int)space] ?? FindBase(space)) + (ulong)offset);
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

        // Replaced whole, so that the monitor can read it without the lock.
        private Dictionary<PciRegistration, IPciEndpoint> endpoints = new Dictionary<PciRegistration, IPciEndpoint>();

        private readonly ulong?[] bases = new ulong?[(int)Space.Io + 1];
        private readonly IMachine machine;
        private readonly GuestMachine guest;
        private readonly ReportLog reports;
        private readonly PciBus bus;
        private readonly LevelLine[] lines;

        private enum Space
        {
            Config,
            Memory,
            Memory64,
            Io,
        }

        // An access of the guest: to a register in configuration space, by its ECAM offset, or to an address or a port.
        private readonly struct Access
        {
            public Access(PcieEcamHost host, Space space, ulong address, int width, ulong value)
            {
                Host = host;
                Space = space;
                Address = address;
                Width = width;
                Value = value;
            }

            public PcieEcamHost Host { get; }

            public Space Space { get; }

            public ulong Address { get; }

            public int Width { get; }

            public ulong Value { get; }
        }
    }
}
