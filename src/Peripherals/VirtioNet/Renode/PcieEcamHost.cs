#nullable enable
// A generic PCI Express host bridge: "pci-host-ecam-generic" of the device tree bindings.
//
// Three fixed regions on the system bus, each served natively at 1, 2, 4 and 8 bytes:
//   ecam   configuration space, 1 MiB a bus; bus 0 is the only one
//   mmio   memory space of the bus, from mmioBase on
//   io     I/O space of the bus, from ioBase on
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
    public sealed class PcieEcamHost : IBusPeripheral, IPeripheralContainer<IPciEndpoint, PciRegistration>, INumberedGPIOOutput, IInterruptLines
    {
        /// <summary>
        /// Makes a host with an empty bus. <paramref name="mmioBase"/> is the PCI address of the first byte of
        /// the mmio region, by default the address that the region has on the system bus;
        /// <paramref name="ioBase"/> the port number of the first byte of the io region.
        /// </summary>
        public PcieEcamHost(IMachine machine, ulong? mmioBase = null, ulong ioBase = 0)
        {
            this.machine = machine;
            this.mmioBase = mmioBase;
            this.ioBase = ioBase;
            bus = new PciBus(this, new GuestErrorLog(this));
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

#pragma warning disable CS1591 // What Renode calls for each region and width; nothing to say about each.
        [ConnectionRegion("ecam")] public byte ReadByteFromEcam(long offset) => (byte)Read(Space.Config, offset, 1);
        [ConnectionRegion("ecam")] public ushort ReadWordFromEcam(long offset) => (ushort)Read(Space.Config, offset, 2);
        [ConnectionRegion("ecam")] public uint ReadDoubleWordFromEcam(long offset) => (uint)Read(Space.Config, offset, 4);
        [ConnectionRegion("ecam")] public ulong ReadQuadWordFromEcam(long offset) => Read(Space.Config, offset, 8);
        [ConnectionRegion("ecam")] public void WriteByteToEcam(long offset, byte value) => Write(Space.Config, offset, 1, value);
        [ConnectionRegion("ecam")] public void WriteWordToEcam(long offset, ushort value) => Write(Space.Config, offset, 2, value);
        [ConnectionRegion("ecam")] public void WriteDoubleWordToEcam(long offset, uint value) => Write(Space.Config, offset, 4, value);
        [ConnectionRegion("ecam")] public void WriteQuadWordToEcam(long offset, ulong value) => Write(Space.Config, offset, 8, value);

        [ConnectionRegion("mmio")] public byte ReadByteFromMmio(long offset) => (byte)Read(Space.Memory, offset, 1);
        [ConnectionRegion("mmio")] public ushort ReadWordFromMmio(long offset) => (ushort)Read(Space.Memory, offset, 2);
        [ConnectionRegion("mmio")] public uint ReadDoubleWordFromMmio(long offset) => (uint)Read(Space.Memory, offset, 4);
        [ConnectionRegion("mmio")] public ulong ReadQuadWordFromMmio(long offset) => Read(Space.Memory, offset, 8);
        [ConnectionRegion("mmio")] public void WriteByteToMmio(long offset, byte value) => Write(Space.Memory, offset, 1, value);
        [ConnectionRegion("mmio")] public void WriteWordToMmio(long offset, ushort value) => Write(Space.Memory, offset, 2, value);
        [ConnectionRegion("mmio")] public void WriteDoubleWordToMmio(long offset, uint value) => Write(Space.Memory, offset, 4, value);
        [ConnectionRegion("mmio")] public void WriteQuadWordToMmio(long offset, ulong value) => Write(Space.Memory, offset, 8, value);

        [ConnectionRegion("io")] public byte ReadByteFromIo(long offset) => (byte)Read(Space.Io, offset, 1);
        [ConnectionRegion("io")] public ushort ReadWordFromIo(long offset) => (ushort)Read(Space.Io, offset, 2);
        [ConnectionRegion("io")] public uint ReadDoubleWordFromIo(long offset) => (uint)Read(Space.Io, offset, 4);
        [ConnectionRegion("io")] public ulong ReadQuadWordFromIo(long offset) => Read(Space.Io, offset, 8);
        [ConnectionRegion("io")] public void WriteByteToIo(long offset, byte value) => Write(Space.Io, offset, 1, value);
        [ConnectionRegion("io")] public void WriteWordToIo(long offset, ushort value) => Write(Space.Io, offset, 2, value);
        [ConnectionRegion("io")] public void WriteDoubleWordToIo(long offset, uint value) => Write(Space.Io, offset, 4, value);
        [ConnectionRegion("io")] public void WriteQuadWordToIo(long offset, ulong value) => Write(Space.Io, offset, 8, value);
#pragma warning restore CS1591

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

        private ulong BusAddress(Space space, long offset)
        {
            var start = space == Space.Io ? ioBase : mmioBase ?? FindMmioBase();
            return unchecked(start + (ulong)offset);
        }

        private ulong FindMmioBase()
        {
            mmioBase = machine.SystemBus.GetRegistrationPoints(this)
                .OfType<BusMultiRegistration>()
                .First(x => x.ConnectionRegionName == "mmio")
                .Range.StartAddress;
            return mmioBase.Value;
        }

        private ulong? mmioBase;
        // What endpoints holds; replaced whole, so that it can be walked without the lock.
        private IPciEndpoint[] plugged = Array.Empty<IPciEndpoint>();

        private readonly ulong ioBase;
        private readonly IMachine machine;
        private readonly PciBus bus;
        private readonly Dictionary<PciRegistration, IPciEndpoint> endpoints = new Dictionary<PciRegistration, IPciEndpoint>();

        private enum Space
        {
            Config,
            Memory,
            Io,
        }
    }
}
