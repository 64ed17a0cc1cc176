// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A virtio device with memory-mapped registers, for boards without PCI. virtio v1.4-cs01: 4.2 "Virtio Over MMIO".

using System;
using System.Collections.Generic;

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
    public sealed class VirtioMmioDevice : ITransportFace
    {
        /// <summary>
        /// Makes the registers for a device, reset. Throws ArgumentException for an option that is not allowed.
        /// </summary>
        public VirtioMmioDevice(IVirtioDevice device, IGuestMemory memory, IWorkScheduler scheduler, IReports reports, IInterruptLine line, MmioOptions options)
        {
            options.Check();
            this.line = line;
            IsLegacy = options.Version == MmioLayout.LegacyVersion;
            queueAligns = NewAligns(device);
            Transport = new VirtioTransport(device, memory, this, scheduler, reports, new TransportOptions
            {
                GuestIsBigEndian = options.GuestIsBigEndian,
                // virtio-mmio has no register that tells the driver the data for its notifications.
                Excluded = new FeatureSet().With(Feature.NotifConfigData),
            });
            // MMIO has no bus master bit: the device may always read and write memory.
            Transport.SetBusMaster(true);
        }

        /// <summary>Reads 1, 2, 4 or 8 bytes at an offset into the window of <see cref="MmioLayout.Size"/> bytes.</summary>
        public ulong Read(ulong offset, int width)
        {
            if(offset >= MmioLayout.Config
                ? TryReadConfig(offset - MmioLayout.Config, width, out var value)
                : Registers.TryReadField(this, offset, width, out value))
            {
                return value;
            }
            Transport.Reports.Misuse(MmioRules.NoRegisterToRead, offset, (uint)width);
            return 0;
        }

        /// <summary>Writes 1, 2, 4 or 8 bytes at an offset into the window of <see cref="MmioLayout.Size"/> bytes.</summary>
        public void Write(ulong offset, int width, ulong value)
        {
            if(offset >= MmioLayout.Config
                ? !IsLegacy || !DeviceConfiguration.TryWriteLegacy(Transport, offset - MmioLayout.Config, width, value)
                : !Registers.TryWrite(this, offset, width, value))
            {
                Transport.Reports.Misuse(MmioRules.NoRegisterToWrite, offset, value);
            }
        }

        /// <summary>The machine is reset: resets the device, and also GuestPageSize, which a reset by the driver leaves alone.</summary>
        public void Reset()
        {
            Transport.Reset();
            GuestPageSize = InitialPageSize;
        }

        /// <inheritdoc/>
        public void QueueUsed(int queue)
        {
            SetInterruptStatus(InterruptStatus | (uint)PciLayout.IsrQueue);
        }

        /// <inheritdoc/>
        public void ConfigChanged()
        {
            SetInterruptStatus(InterruptStatus | (uint)PciLayout.IsrConfig);
        }

        /// <inheritdoc/>
        public void DeviceReset()
        {
            Selection = new RegisterSelection();
            queueAligns = NewAligns(Transport.Device);
            SetInterruptStatus(0);
        }

        /// <inheritdoc/>
        public void QueueReset(int queue)
        {
            queueAligns[queue] = PciLayout.LegacyPageSize;
        }

        /// <summary>InterruptACK: the driver has handled these events, so their bits of InterruptStatus are cleared.</summary>
        public void Acknowledge(uint handled)
        {
            SetInterruptStatus(InterruptStatus & ~handled);
        }

        /// <summary>True for version 1.</summary>
        public bool IsLegacy { get; }

        /// <summary>InterruptStatus: bit 0 for used buffers, bit 1 for a configuration change, until the driver acknowledges it.</summary>
        public uint InterruptStatus { get; private set; }

        /// <summary>Status, features and queues.</summary>
        public VirtioTransport Transport { get; }

        /// <summary>The values of the select registers.</summary>
        public RegisterSelection Selection { get; private set; } = new RegisterSelection();

        /// <summary>
        /// GuestPageSize of version 1, in bytes: QueuePFN is an address divided by it. A reset by the driver leaves it as it is,
        /// because Linux writes it only once, before it resets the device for the first time.
        /// </summary>
        public uint GuestPageSize { get; private set; } = InitialPageSize;

        /// <summary>QueueAlign of version 1, for each queue: its used ring starts at a multiple of this many bytes.</summary>
        public IReadOnlyList<uint> QueueAligns => queueAligns;

        /// <summary>
        /// QueuePFN of version 1: the number of the selected queue's first page, which enables the queue; 0 while it is
        /// disabled.
        /// </summary>
        internal uint QueuePfn
        {
            get => Transport.IsEnabled(Selection.Queue) ? (Transport.LayoutOf(Selection.Queue).DescriptorArea / GuestPageSize).Low() : 0;
            set => Transport.PlaceLegacyQueue(Selection.Queue, (ulong)value * GuestPageSize, Transport.HasQueue(Selection.Queue) ? queueAligns[Selection.Queue] : PciLayout.LegacyPageSize);
        }

        /// <summary>Writes GuestPageSize of version 1, a power of two. A queue that is enabled stays where it is.</summary>
        internal void WriteGuestPageSize(uint value)
        {
            if(IsPowerOfTwo(value))
            {
                GuestPageSize = value;
                return;
            }
            Transport.Reports.Misuse(DriverRules.GuestPageSize, 0, value);
        }

        /// <summary>Writes QueueAlign of version 1 for the selected queue, which must be disabled: a power of two.</summary>
        internal void WriteQueueAlign(uint value)
        {
            if(!Transport.CanConfigure(Selection.Queue, value))
            {
                return;
            }
            if(IsPowerOfTwo(value))
            {
                queueAligns[Selection.Queue] = value;
                return;
            }
            Transport.Reports.Misuse(DriverRules.QueueAlign, Selection.Queue, value);
        }

        private bool TryReadConfig(ulong offset, int width, out ulong value)
        {
            return IsLegacy
                ? DeviceConfiguration.TryReadLegacy(Transport, offset, width, out value)
                : DeviceConfiguration.TryRead(Transport, offset, width, out value);
        }

        // 4.2.2 (InterruptStatus): the line is asserted while any bit is set.
        private void SetInterruptStatus(uint value)
        {
            var wasPending = InterruptStatus != 0;
            InterruptStatus = value;
            if((value != 0) != wasPending)
            {
                line.SetLevel(value != 0);
            }
        }

        private static uint[] NewAligns(IVirtioDevice device)
        {
            var aligns = new uint[device.QueueCount];
            Array.Fill(aligns, PciLayout.LegacyPageSize);
            return aligns;
        }

        private static bool IsPowerOfTwo(uint value)
        {
            return value != 0 && (value & (value - 1)) == 0;
        }

        private RegisterMap<VirtioMmioDevice> Registers => IsLegacy ? MmioRegisters.Legacy : MmioRegisters.Modern;

        private uint[] queueAligns;

        private readonly IInterruptLine line;

        // Until the driver writes a page size, a page number is an address.
        private const uint InitialPageSize = 1;
    }
}
