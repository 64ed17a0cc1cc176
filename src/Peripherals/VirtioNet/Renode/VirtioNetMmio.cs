// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The card for boards without PCI: virtio over MMIO, a window of 0x200 bytes and one interrupt. virtio v1.4-cs01: 4.2.

using System;

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.UserInterface;

using VirtioNet.Net;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;
using VirtioNet.Transport.Mmio;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>
    /// A virtio-net card with memory-mapped registers, which are little-endian (virtio v1.4-cs01: 4.2.2). Its interrupt is
    /// level-triggered, active high.
    /// </summary>
    public sealed class VirtioNetMmio : VirtioNetCard, IBytePeripheral, IWordPeripheral, IDoubleWordPeripheral, IQuadWordPeripheral, IKnownSize, IInterruptLine
    {
        /// <summary>
        /// Makes a card. Parameters that <see cref="VirtioNetPci"/> has, too, mean the same; <paramref name="version"/> is 2, or 1 for
        /// drivers of the legacy interface. Throws <see cref="ConstructionException"/> for other values.
        /// </summary>
        public VirtioNetMmio(IMachine machine, string? mac = null, long mtu = 1500, long queueSize = 256, long version = MmioLayout.ModernVersion, long rxQueueSize = 0, long txQueueSize = 0, string features = "", long queuePairs = 1, long speed = NetLayout.UnknownSpeed, string duplex = "unknown")
            : this(machine, OptionsOf(mac, mtu, queueSize, rxQueueSize, txQueueSize, features, queuePairs, speed, duplex), new MmioOptions { Version = version })
        {
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void SetLevel(bool level)
        {
            line.Set(level);
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
        protected override void ResetTransport()
        {
            registers.Reset();
        }

        /// <inheritdoc/>
        protected override void Disconnect()
        {
            line.Fall();
        }

        /// <inheritdoc/>
        protected override VirtioTransport Transport => registers.Transport;

        private VirtioNetMmio(IMachine machine, NetOptions netOptions, MmioOptions mmioOptions) : base(machine, Check(netOptions, mmioOptions))
        {
            line = new LevelLine(IRQ);
            mmioOptions.GuestIsBigEndian = Guest.IsBigEndian;
            registers = new VirtioMmioDevice(Device, Guest.Memory, this, Reports, this, mmioOptions);
        }

        private static NetOptions Check(NetOptions netOptions, MmioOptions mmioOptions)
        {
            var faults = new Faults();
            faults.Check(netOptions.Check);
            faults.Check(mmioOptions.Check);
            faults.ThrowIfAny();
            return netOptions;
        }

        private ulong Read(long offset, int width)
        {
            var value = Run((Registers: registers, Offset: unchecked((ulong)offset), Width: width), static x => x.Registers.Read(x.Offset, x.Width));
            return Guest.ToLittleEndian(value, width);
        }

        private void Write(long offset, int width, ulong value)
        {
            Run((Registers: registers, Offset: unchecked((ulong)offset), Width: width, Value: Guest.ToLittleEndian(value, width)), static x =>
            {
                x.Registers.Write(x.Offset, x.Width, x.Value);
                return 0;
            });
        }

        private readonly LevelLine line;
        private readonly VirtioMmioDevice registers;
    }
}
