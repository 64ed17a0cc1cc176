#nullable enable
// A virtio device behind memory-mapped registers, on boards without PCI. virtio v1.4-cs01: 4.2 "Virtio Over MMIO".

using System;

using VirtioNet.Memory;
using VirtioNet.Reports;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Transport.Mmio
{
    /// <summary>Carries the one interrupt of a device to the platform.</summary>
    public interface IInterruptLine
    {
        /// <summary>Drives the line. Called only when the level changes.</summary>
        void SetLevel(bool level);
    }

    /// <summary>The MMIO transport: registers, InterruptStatus and line around a <see cref="VirtioTransport"/>.</summary>
    public sealed class VirtioMmioDevice : IInterruptSink
    {
        /// <summary>
        /// Makes the registers for a device, reset. Version is 2, or 1 for legacy drivers, whose byte order is given.
        /// </summary>
        public VirtioMmioDevice(IVirtioDevice device, IGuestMemory memory, IWorkScheduler scheduler, IReports reports, IInterruptLine line, int version, bool guestIsBigEndian)
        {
            if(version != MmioLayout.LegacyVersion && version != MmioLayout.ModernVersion)
            {
                throw new ArgumentException($"version is {version}; it must be {MmioLayout.ModernVersion}, or {MmioLayout.LegacyVersion} for legacy drivers", nameof(version));
            }
            this.line = line;
            IsLegacy = version == MmioLayout.LegacyVersion;
            Transport = new VirtioTransport(device, memory, this, scheduler, reports, guestIsBigEndian) { BusMaster = true };
            // MMIO-15: there is no register for it.
            Transport.Excluded = new FeatureSet().With(Feature.NotifConfigData);
        }

        /// <summary>Reads 1, 2, 4 or 8 bytes of the window.</summary>
        public ulong Read(ulong offset, int width)
        {
            if(offset >= MmioLayout.Config
                ? TryReadConfig(offset - MmioLayout.Config, width, out var value)
                : Registers.TryRead(this, offset, width, out value))
            {
                return value;
            }
            Transport.Reports.Misuse(MmioRules.NoRegisterToRead, offset, (uint)width);
            return 0;
        }

        /// <summary>Writes 1, 2, 4 or 8 bytes of the window.</summary>
        public void Write(ulong offset, int width, ulong value)
        {
            if(offset >= MmioLayout.Config
                ? !IsLegacy || !DeviceConfiguration.TryWriteLegacy(Transport, offset - MmioLayout.Config, width, value)
                : !Registers.TryWrite(this, offset, width, value))
            {
                Transport.Reports.Misuse(MmioRules.NoRegisterToWrite, offset, value);
            }
        }

        /// <summary>A reset of the machine: what a device reset leaves is forgotten too.</summary>
        public void Reset()
        {
            Transport.Reset();
            Transport.GuestPageSize = PciLayout.LegacyPageSize;
        }

        /// <inheritdoc/>
        public void QueueUsed(ushort vector)
        {
            SetInterruptStatus(InterruptStatus | (uint)PciLayout.IsrQueue);
        }

        /// <inheritdoc/>
        public void ConfigChanged(ushort vector)
        {
            SetInterruptStatus(InterruptStatus | (uint)PciLayout.IsrConfig);
        }

        /// <inheritdoc/>
        public void Clear()
        {
            SetInterruptStatus(0);
        }

        /// <summary>InterruptACK: what the driver has handled (MMIO-03).</summary>
        public void Acknowledge(uint handled)
        {
            SetInterruptStatus(InterruptStatus & ~handled);
        }

        /// <inheritdoc/>
        public int Vectors => 0;

        /// <summary>True for version 1.</summary>
        public bool IsLegacy { get; }

        /// <summary>InterruptStatus: the events of the ISR status on PCI, kept until they are acknowledged.</summary>
        public uint InterruptStatus { get; private set; }

        /// <summary>The transport's state.</summary>
        public VirtioTransport Transport { get; }

        private bool TryReadConfig(ulong offset, int width, out ulong value)
        {
            return IsLegacy
                ? DeviceConfiguration.TryReadLegacy(Transport, offset, width, out value)
                : DeviceConfiguration.TryRead(Transport, offset, width, out value);
        }

        // MMIO-14: the line is asserted while any bit is set.
        private void SetInterruptStatus(uint value)
        {
            var wasPending = InterruptStatus != 0;
            InterruptStatus = value;
            if((value != 0) != wasPending)
            {
                line.SetLevel(value != 0);
            }
        }

        private RegisterMap<VirtioMmioDevice> Registers => IsLegacy ? MmioRegisters.Legacy : MmioRegisters.Modern;

        private readonly IInterruptLine line;
    }
}
