#nullable enable
// The card for boards without PCI: virtio over MMIO, a window of 0x200 bytes and one interrupt.

using System;

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.UserInterface;

using ELFSharp.ELF;

using VirtioNet.Spec;
using VirtioNet.Transport.Core;
using VirtioNet.Transport.Mmio;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>A virtio-net card behind memory-mapped registers. Its interrupt is level-triggered, active high.</summary>
    public sealed class VirtioNetMmio : VirtioNetCard, IBytePeripheral, IWordPeripheral, IDoubleWordPeripheral, IQuadWordPeripheral, IKnownSize, IInterruptLine
    {
        /// <summary>
        /// Makes a card; its parameters are those of <see cref="VirtioNetPci"/>, but <paramref name="version"/>, which is 2, or 1 for drivers of the legacy
        /// interface. Throws <see cref="ConstructionException"/> for other values.
        /// </summary>
        public VirtioNetMmio(IMachine machine, string? mac = null, int mtu = 1500, int queueSize = 256, int version = MmioLayout.ModernVersion, int rxQueueSize = 0, int txQueueSize = 0, string features = "")
            : base(machine, mac, mtu, queueSize, rxQueueSize, txQueueSize, features)
        {
            try
            {
                registers = new VirtioMmioDevice(Device, Memory, this, Reports, this, version, machine.SystemBus.Endianess == Endianess.BigEndian);
            }
            catch(ArgumentException e)
            {
                throw new ConstructionException(e.Message);
            }
        }

        /// <inheritdoc/>
        public override void Reset()
        {
            Run(registers.Reset);
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void SetLevel(bool level)
        {
            // Under the lock: two threads must not drive the line in the opposite order of what they saw.
            IRQ.Set(level);
        }

#pragma warning disable CS1591 // What Renode calls for each width; nothing to say about each.
        public byte ReadByte(long offset) => (byte)Read(offset, 1);
        public ushort ReadWord(long offset) => (ushort)Read(offset, 2);
        public uint ReadDoubleWord(long offset) => (uint)Read(offset, 4);
        public ulong ReadQuadWord(long offset) => Read(offset, 8);
        public void WriteByte(long offset, byte value) => Write(offset, 1, value);
        public void WriteWord(long offset, ushort value) => Write(offset, 2, value);
        public void WriteDoubleWord(long offset, uint value) => Write(offset, 4, value);
        public void WriteQuadWord(long offset, ulong value) => Write(offset, 8, value);
#pragma warning restore CS1591

        /// <summary>The interrupt.</summary>
        public GPIO IRQ { get; } = new GPIO();

        /// <inheritdoc/>
        public long Size => MmioLayout.Size;

        /// <inheritdoc/>
        protected override VirtioTransport Transport => registers.Transport;

        /// <inheritdoc/>
        protected override object Sync => registers;

        private ulong Read(long offset, int width)
        {
            lock(Sync)
            {
                try
                {
                    return registers.Read((ulong)offset, width);
                }
                catch(Exception e)
                {
                    Fail(e);
                    return 0;
                }
            }
        }

        private void Write(long offset, int width, ulong value)
        {
            lock(Sync)
            {
                try
                {
                    registers.Write((ulong)offset, width, value);
                }
                catch(Exception e)
                {
                    Fail(e);
                }
            }
            AfterAccess();
        }

        private readonly VirtioMmioDevice registers;
    }
}
