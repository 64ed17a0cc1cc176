// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A region of the host on the system bus, as platform descriptions write it:
// "sysbus new PCI.PcieRegion { region: "ecam"; address: 0x3f000000; size: 0x01000000 }".

using System.Collections.Generic;
using System.Linq;

using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.Network;

namespace Antmicro.Renode.Peripherals.PCI
{
    /// <summary>
    /// Renode's <see cref="BusMultiRegistration"/> with its values checked. That class can be used, too, but with it a size of 0, or
    /// one that leads past the last address, ends Renode.
    /// </summary>
    public sealed class PcieRegion : BusMultiRegistration
    {
        /// <summary>
        /// <paramref name="region"/> is "ecam", "mmio", "mmio64" or "io"; <paramref name="size"/> is in bytes, at least 1 MiB for ecam. Throws
        /// <see cref="ConstructionException"/> for other values.
        /// </summary>
        public PcieRegion(string region, ulong address, ulong size) : base(address, Check(region, address, size), region)
        {
        }

        /// <summary>What is wrong with a host that has these regions, or null if a guest finds the cards on it.</summary>
        internal static string? FaultOf(IEnumerable<BusMultiRegistration> regions)
        {
            var ecam = regions.Where(x => x.ConnectionRegionName == Ecam).ToList();
            if(ecam.Count == 0)
            {
                return $"it has no region \"{Ecam}\", so a guest cannot find any card: {Remedy(Ecam)}";
            }
            return ecam.All(x => x.Range.Size < BusSize) ? TooSmall(ecam[0].Range.Size) + $": {Remedy(Ecam)}" : null;
        }

        /// <summary>What a guest cannot do on a host that has these regions, or null if there is nothing to say.</summary>
        internal static string? WarningOf(IEnumerable<BusMultiRegistration> regions)
        {
            return regions.Any(x => x.ConnectionRegionName == Mmio)
                ? null
                : $"The host has no region \"{Mmio}\", so a guest has no place for the registers of a card: {Remedy(Mmio)}";
        }

        // Checks the values before the base class uses them, and returns the size.
        private static ulong Check(string region, ulong address, ulong size)
        {
            var faults = new Faults();
            faults.Check(Names.Contains(region), $"region is \"{region}\"; it must be {string.Join(", ", Names.Select(x => $"\"{x}\""))}");
            if(faults.Check(size != 0, "size is 0; it must be the bytes of the region")
                && faults.Check(address <= ulong.MaxValue - (size - 1), $"size is 0x{size:X}; with address 0x{address:X} it must not lead past 0x{ulong.MaxValue:X}"))
            {
                faults.Check(region != Ecam || size >= BusSize, TooSmall(size));
            }
            faults.ThrowIfAny();
            return size;
        }

        private static string TooSmall(ulong size)
        {
            return $"size is 0x{size:X}; region \"{Ecam}\" must have at least 0x{BusSize:X} bytes (1 MiB), which is what a bus takes";
        }

        private static string Remedy(string region)
        {
            return $"give it one, such as sysbus new PCI.PcieRegion {{ region: \"{region}\"; address: {(region == Ecam ? "0x3f000000; size: 0x100000" : "0x10000000; size: 0x1000000")} }}";
        }

        private const string Ecam = "ecam";
        private const string Mmio = "mmio";
        private const ulong BusSize = 0x100000;
        private static readonly string[] Names = { Ecam, Mmio, "mmio64", "io" };
    }
}
