// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A virtio device as a PCI function. virtio v1.4-cs01: 4.1 "Virtio Over PCI Bus".
//
//   BAR0 (I/O, 64 bytes)           the legacy interface, but for a modern card
//   BAR1 (32-bit memory)           MSI-X table and pending bits, if the card has vectors
//   BAR4 (64-bit memory, 16 KiB)   the structures of the modern interface, but for a legacy card

using System;

using VirtioNet.Memory;
using VirtioNet.Pci;
using VirtioNet.Reports;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Transport.Pci
{
    /// <summary>The PCI transport: identity, BARs, ISR, INTx and MSI-X around a <see cref="VirtioTransport"/>.</summary>
    public sealed class VirtioPciFunction : PciFunction, ITransportFace
    {
        /// <summary>
        /// Makes the function for a device, unplugged and reset. Messages must be given if there are vectors. Throws ArgumentException for
        /// an option that is not allowed.
        /// </summary>
        public VirtioPciFunction(IVirtioDevice device, IGuestMemory memory, IWorkScheduler scheduler, IReports reports, PciOptions options, IMessageSink? messages = null)
        {
            options.Check();
            vectors = (int)options.Vectors;
            events = new EventVectors(device.QueueCount);
            Transport = new VirtioTransport(device, memory, this, scheduler, reports, new TransportOptions { GuestIsBigEndian = options.GuestIsBigEndian });
            Identify(device, options.Mode);
            if(options.Mode != PciMode.Modern)
            {
                // 4.1.4.10: legacy drivers find their registers in BAR0, in I/O space.
                Config.Add(new Bar(LegacyBar, BarKind.Io, LegacySize));
            }
            if(options.Mode != PciMode.Legacy)
            {
                structures = new ModernStructures(this);
            }
            if(vectors > 0)
            {
                var table = new Bar(MsixBar, BarKind.Memory32, Msix.BarSize(vectors));
                Config.Add(table);
                msix = new Msix(table, vectors, messages!);
                Config.Add(msix);
            }
            Config.Add(new PowerManagement());
            Config.Add(new PciExpress());
            Config.Seal();
        }

        /// <inheritdoc/>
        public override ulong ReadBar(Bar bar, ulong offset, int width)
        {
            switch(bar.Index)
            {
                case LegacyBar:
                    return LegacyRegisters.Read(this, offset, width);
                case MsixBar:
                    return msix!.Read(offset, width);
                default:
                    return structures!.Read(offset, width);
            }
        }

        /// <inheritdoc/>
        public override void WriteBar(Bar bar, ulong offset, int width, ulong value)
        {
            switch(bar.Index)
            {
                case LegacyBar:
                    LegacyRegisters.Write(this, offset, width, value);
                    break;
                case MsixBar:
                    if(!msix!.TryWrite(offset, width, value))
                    {
                        Transport.Reports.Misuse(FunctionRules.NoTableFieldToWrite, offset, value);
                    }
                    break;
                default:
                    structures!.Write(offset, width, value);
                    break;
            }
        }

        /// <inheritdoc/>
        public void QueueUsed(int queue)
        {
            if(!SendMessage(events[queue]))
            {
                Raise(PciLayout.IsrQueue);
            }
        }

        /// <inheritdoc/>
        public void ConfigChanged()
        {
            // The ISR bit is set before the driver is notified, with MSI-X too (4.1.4.5.1).
            Raise(PciLayout.IsrConfig);
            SendMessage(events.Configuration);
        }

        /// <inheritdoc/>
        public void DeviceReset()
        {
            events = new EventVectors(Transport.Device.QueueCount);
            Selection = new RegisterSelection();
            TakeIsr();
            // Unmasking a vector after the reset must not send what the driver before had missed (2.4.1).
            msix?.ClearPending();
        }

        /// <inheritdoc/>
        public void QueueReset(int queue)
        {
            events[queue] = PciLayout.MsiNoVector;
        }

        /// <summary>The transport's state.</summary>
        public VirtioTransport Transport { get; }

        /// <summary>True while the guest has MSI-X enabled.</summary>
        internal bool MsixEnabled => msix != null && msix.Enabled;

        /// <summary>What the driver has selected: the modern and the legacy interface share it.</summary>
        public RegisterSelection Selection { get; private set; } = new RegisterSelection();

        /// <summary>queue_msix_vector of the selected queue; it may change at any time.</summary>
        internal ushort QueueVector
        {
            get => events[Selection.Queue];
            set => events[Selection.Queue] = Mapped(value);
        }

        /// <summary>config_msix_vector.</summary>
        internal ushort ConfigurationVector
        {
            get => events.Configuration;
            set => events.Configuration = Mapped(value);
        }

        /// <summary>Reading the ISR status returns it, clears it and drops the line, all in one step (4.1.4.5.1).</summary>
        internal byte TakeIsr()
        {
            var value = isr;
            isr = 0;
            SetInterrupt(false);
            return value;
        }

        /// <summary>Enables bus mastering on behalf of a driver that does not know of it.</summary>
        internal void EnableBusMaster()
        {
            WriteConfig(PciSpec.Command, 2, Config.Command | (uint)PciSpec.CommandBusMaster);
        }

        /// <inheritdoc/>
        protected override void ResetDevice()
        {
            Transport.Reset();
        }

        /// <inheritdoc/>
        protected override void BusMasterChanged()
        {
            Transport.SetBusMaster(BusMaster);
        }

        // A transitional device is known by the ids of its legacy predecessor (4.1.2.1, 4.1.2.3).
        private void Identify(IVirtioDevice device, PciMode mode)
        {
            var isModern = mode == PciMode.Modern;
            Config.Set(PciSpec.VendorId, 2, PciLayout.VendorId);
            Config.Set(PciSpec.DeviceId, 2, device.DeviceType + (isModern ? (uint)PciLayout.ModernDeviceIdBase : PciLayout.TransitionalDeviceIdBase - 1U));
            Config.Set(PciSpec.RevisionId, 1, isModern ? ModernRevision : LegacyRevision);
            Config.Set(PciSpec.ClassCode, 3, device.PciClass);
            Config.Set(PciSpec.SubsystemVendorId, 2, PciLayout.VendorId);
            Config.Set(PciSpec.SubsystemId, 2, isModern ? (uint)PciLayout.ModernSubsystemIdMin + device.DeviceType : device.DeviceType);
            Config.Set(PciSpec.InterruptPin, 1, InterruptPinA);
        }

        // False if MSI-X is off. With it on, an event that is mapped to no vector is silent, and INTx does not stand in (4.1.5.1.2).
        private bool SendMessage(ushort vector)
        {
            if(!MsixEnabled)
            {
                return false;
            }
            if(vector != PciLayout.MsiNoVector)
            {
                msix!.Notify(vector);
            }
            return true;
        }

        // The ISR bit is set first. Interrupt Status shows whether any bit is set, and with MSI-X off the pin follows it (4.1.4.5.1).
        private void Raise(byte bit)
        {
            isr |= bit;
            SetInterrupt(true);
        }

        // 4.1.5.1.2: a vector that does not exist is refused, and the register reads back VIRTIO_MSI_NO_VECTOR.
        private ushort Mapped(ushort vector)
        {
            if(vector < vectors || vector == PciLayout.MsiNoVector)
            {
                return vector;
            }
            Transport.Reports.Misuse(FunctionRules.VectorAbsent, vector, (uint)vectors);
            return PciLayout.MsiNoVector;
        }

        private byte isr;
        private EventVectors events;

        private readonly int vectors;
        private readonly Msix? msix;
        private readonly ModernStructures? structures;

        private const int LegacyBar = 0;
        private const int MsixBar = 1;
        // The largest device configuration behind the header, as a power of two.
        private const ulong LegacySize = 64;
        private const byte ModernRevision = 1;
        private const byte LegacyRevision = 0;
        private const byte InterruptPinA = 1;
    }
}
