// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A virtio device as a PCI function. virtio v1.4-cs01: 4.1 "Virtio Over PCI Bus".
//
//   BAR0 (I/O, 64 bytes)           the legacy interface; absent in PciMode.Modern
//   BAR1 (32-bit memory)           MSI-X table and pending bits; absent without vectors
//   BAR4 (64-bit memory, 16 KiB)   the structures of the modern interface; absent in PciMode.Legacy

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
        /// Makes the function of a device, in the state after a reset and not plugged into a bus. <paramref name="messages"/> must
        /// be given if there are vectors. Throws ArgumentException for an option that is not allowed.
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
            // A message that was pending before the reset must not be sent when a vector is unmasked after it (2.4.1).
            msix?.ClearPending();
        }

        /// <inheritdoc/>
        public void QueueReset(int queue)
        {
            events[queue] = PciLayout.MsiNoVector;
        }

        /// <summary>Status, features and queues.</summary>
        public VirtioTransport Transport { get; }

        /// <summary>True while the guest has MSI-X enabled.</summary>
        internal bool MsixEnabled => msix != null && msix.Enabled;

        /// <summary>The values of the select registers. The modern and the legacy interface share them.</summary>
        public RegisterSelection Selection { get; private set; } = new RegisterSelection();

        /// <summary>queue_msix_vector of the selected queue. The driver may change it also while the queue is enabled.</summary>
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

        /// <summary>Reads the ISR status: returns it, clears it and deasserts the interrupt pin (4.1.4.5.1).</summary>
        internal byte TakeIsr()
        {
            var value = isr;
            isr = 0;
            SetInterrupt(false);
            return value;
        }

        /// <summary>Sets Bus Master in the Command register, for a legacy driver that does not do so itself.</summary>
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

        // Transitional and legacy cards have the ids of legacy devices, so that legacy drivers find them (4.1.2.1, 4.1.2.3).
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

        // False if MSI-X is disabled. If it is enabled, an event without a vector causes no interrupt, not even INTx (4.1.5.3.1,
        // 4.1.5.4.1).
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

        // Sets a bit of ISR status. While MSI-X is disabled, Interrupt Status and the interrupt pin show that some bit is set
        // (4.1.4.5.1).
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
        // Room for the legacy header and the device configuration after it, rounded up to a power of two.
        private const ulong LegacySize = 64;
        private const byte ModernRevision = 1;
        private const byte LegacyRevision = 0;
        private const byte InterruptPinA = 1;
    }
}
