// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The doorbell that turns MSI messages into interrupts on Arm boards whose GIC cannot take messages itself: a GICv2m
// frame. Arm Server Base System Architecture 3.0, appendix E "GICv2m Architecture".
//
//   0x008 MSI_TYPER      R   first INTID << 16 | count
//   0x040 MSI_SETSPI_NS  W   INTID to raise
//   0xFCC MSI_IIDR       R   identification

using System.Collections.Generic;
using System.Linq;

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.UserInterface;

using ELFSharp.ELF;

namespace Antmicro.Renode.Peripherals.IRQControllers
{
    /// <summary>
    /// A range of edge-triggered SPIs that messages raise. Output n is SPI <c>firstSpi + n</c>; connect
    /// <c>[0-7] -> gic@[16-23]</c> for eight from SPI 16 on.
    /// </summary>
    public sealed class GicV2mFrame : IDoubleWordPeripheral, IKnownSize, IEndiannessAware, INumberedGPIOOutput
    {
        /// <summary>
        /// Takes the number of the first shared peripheral interrupt, 0..987, and how many there are, at least 1 and not past 987.
        /// Throws <see cref="ConstructionException"/> for other values.
        /// </summary>
        public GicV2mFrame(long firstSpi, long count)
        {
            var faults = new Faults();
            var isFirst = faults.Check(firstSpi >= 0 && firstSpi < SharedInterrupts, $"firstSpi is {firstSpi}; it must be 0 to {SharedInterrupts - 1}");
            var most = SharedInterrupts - (isFirst ? firstSpi : 0);
            faults.Check(count >= 1 && count <= most, $"count is {count}; it must be 1 to {most}" + (isFirst ? $" if firstSpi is {firstSpi}" : ""));
            faults.ThrowIfAny();
            reports = new ReportLog(this);
            firstIntid = (uint)firstSpi + SpiBase;
            this.count = (uint)count;
            intids = $"INTIDs {firstIntid} to {firstIntid + this.count - 1}";
            Connections = Enumerable.Range(0, (int)count).ToDictionary(x => x, x => (IGPIO)new GPIO());
        }

        /// <inheritdoc/>
        public uint ReadDoubleWord(long offset)
        {
            switch(offset)
            {
                case MsiTyper:
                    return (firstIntid << 16) | count;
                case MsiIidr:
                    return Identification;
                default:
                    reports.Misuse(CardRules.NoDoorbellRegister, unchecked((ulong)offset), 0);
                    return 0;
            }
        }

        /// <inheritdoc/>
        public void WriteDoubleWord(long offset, uint value)
        {
            if(offset != MsiSetSpi)
            {
                reports.Misuse(CardRules.NoDoorbellRegister, unchecked((ulong)offset), value);
                return;
            }
            if(value < firstIntid || value - firstIntid >= count)
            {
                // By reports, which limit the log, because the guest chooses the number and can send messages without end.
                reports.Misuse(CardRules.MessageWithoutInterrupt, value, count, intids);
                return;
            }
            // The GIC latches the rising edge.
            var line = Connections[(int)(value - firstIntid)];
            line.Set(true);
            line.Set(false);
        }

        /// <inheritdoc/>
        public void Reset()
        {
            // No state: a message is an event.
        }

        /// <inheritdoc/>
        public IReadOnlyDictionary<int, IGPIO> Connections { get; }

        /// <inheritdoc/>
        public long Size => 0x1000;

        /// <summary>Registers are little-endian, whatever the machine is.</summary>
        [HideInMonitor]
        public Endianess Endianness => Endianess.LittleEndian;

        private readonly ReportLog reports;
        private readonly uint firstIntid;
        private readonly uint count;
        private readonly string intids;

        private const long MsiTyper = 0x008;
        private const long MsiSetSpi = 0x040;
        private const long MsiIidr = 0xFCC;
        private const uint Identification = 0;
        private const uint SpiBase = 32;
        private const int SharedInterrupts = 988;
    }
}
