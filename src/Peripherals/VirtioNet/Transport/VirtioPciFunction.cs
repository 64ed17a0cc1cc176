#nullable enable
// A virtio device as a PCI function. virtio v1.4-cs01: 4.1 "Virtio Over PCI Bus".
//
//   BAR4 (64-bit memory, 16 KiB), each structure on a page of its own:
//   0x0000 common configuration   0x1000 ISR status
//   0x2000 device configuration   0x3000 notifications, 4 bytes a queue
//
// BAR1 (32-bit memory) holds the MSI-X table and its pending bits, if the card has vectors.
// BAR0 is left free for the legacy interface.

using System;

using VirtioNet.Memory;
using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Transport
{
    /// <summary>The modern PCI transport: capabilities, BAR, ISR and INTx around a <see cref="VirtioTransport"/>.</summary>
    public sealed class VirtioPciFunction : PciFunction, IInterruptSink
    {
        /// <summary>
        /// Makes the function for a device, unplugged and reset. Vectors are 0 for a function without MSI-X,
        /// up to 2048; messages must be given if there are any.
        /// </summary>
        public VirtioPciFunction(IVirtioDevice device, IGuestMemory memory, IWorkScheduler scheduler, IGuestErrors errors, int vectors = 0, IMessageSink? messages = null)
        {
            if(vectors < 0 || vectors > MaxVectors)
            {
                throw new ArgumentException($"vectors is {vectors}; it must be 0 to {MaxVectors}", nameof(vectors));
            }
            Vectors = vectors;
            Transport = new VirtioTransport(device, memory, this, scheduler, errors);

            Config.Set(PciSpec.VendorId, 2, PciLayout.VendorId);
            Config.Set(PciSpec.DeviceId, 2, (uint)PciLayout.ModernDeviceIdBase + device.DeviceType);
            Config.Set(PciSpec.RevisionId, 1, ModernRevision);
            Config.Set(PciSpec.ClassCode, 3, device.PciClass);
            Config.Set(PciSpec.SubsystemVendorId, 2, PciLayout.VendorId);
            Config.Set(PciSpec.SubsystemId, 2, (uint)PciLayout.ModernSubsystemIdMin + device.DeviceType);
            Config.Set(PciSpec.InterruptPin, 1, InterruptPinA);
            Config.Add(structures);

            AddStructure(PciLayout.CapCommonCfg, PciLayout.CapSize, CommonOffset, PciLayout.CommonCfgSize);
            var notify = AddStructure(PciLayout.CapNotifyCfg, PciLayout.CapSizeExtra, NotifyOffset, NotifyMultiplier * (uint)device.QueueCount);
            Config.Set(notify + PciLayout.CapExtra, 4, NotifyMultiplier);
            AddStructure(PciLayout.CapIsrCfg, PciLayout.CapSize, IsrOffset, 1);
            AddStructure(PciLayout.CapDeviceCfg, PciLayout.CapSize, DeviceOffset, (uint)device.Config.Length);
            pciCfg = AddStructure(PciLayout.CapPciCfg, PciLayout.CapSizeExtra, 0, 0);
            Config.AllowWrite(pciCfg + PciLayout.CapBar, 1, 0xFF);
            Config.AllowWrite(pciCfg + PciLayout.CapOffset, 8, ulong.MaxValue);
            Config.AllowWrite(pciCfg + PciLayout.CapExtra, 4, uint.MaxValue);
            if(vectors > 0)
            {
                var table = new Bar(MsixBar, BarKind.Memory32, Msix.BarSize(vectors));
                Config.Add(table);
                msix = new Msix(Config, table, vectors, messages!);
            }
            Config.Seal();
        }

        /// <inheritdoc/>
        public override ulong ReadConfig(int offset, int width)
        {
            // PCI-64: reading pci_cfg_data reads the BAR, with the side effects of that.
            if(HoldsPciCfgData(offset, width) && TryGetPciCfg(out var target, out var length))
            {
                Config.Set(PciCfgData, 4, ReadBar(structures, target, length));
            }
            return base.ReadConfig(offset, width);
        }

        /// <inheritdoc/>
        public override void WriteConfig(int offset, int width, ulong value)
        {
            base.WriteConfig(offset, width, value);
            if(msix != null && offset <= msix.ControlRegister + 1 && offset + width > msix.ControlRegister)
            {
                // H-59: enabling MSI-X takes INTx down, disabling brings back what is still to be read.
                SetInterrupt(isr != 0 && !msix.Enabled);
                msix.DeliverPending();
            }
            // PCI-63: writing pci_cfg_data writes the first cap.length bytes of it to the BAR.
            if(HoldsPciCfgData(offset, width) && TryGetPciCfg(out var target, out var length))
            {
                WriteBar(structures, target, length, Config.Read(PciCfgData, length));
            }
        }

        /// <inheritdoc/>
        public override ulong ReadBar(Bar bar, ulong offset, int width)
        {
            if(bar.Index == MsixBar)
            {
                return msix!.Read(offset, width);
            }
            var value = 0UL;
            var field = offset % StructureSpan;
            switch(offset - field)
            {
                case CommonOffset:
                    if(ModernRegisters.Map.TryRead(Transport, field, width, out value))
                    {
                        return value;
                    }
                    break;
                case IsrOffset:
                    if(field == 0)
                    {
                        return TakeIsr();
                    }
                    break;
                case DeviceOffset:
                    if(TryReadDeviceConfig(field, width, out value))
                    {
                        return value;
                    }
                    break;
                default:
                    // Doorbells are write-only.
                    break;
            }
            Transport.Errors.Misuse("no register of this width is here to read", offset, (uint)width);
            return value;
        }

        /// <inheritdoc/>
        public override void WriteBar(Bar bar, ulong offset, int width, ulong value)
        {
            if(bar.Index == MsixBar)
            {
                if(!msix!.TryWrite(offset, width, value))
                {
                    Transport.Errors.Misuse("no MSI-X table field of this width is here to write", offset, value);
                }
                return;
            }
            var field = offset % StructureSpan;
            switch(offset - field)
            {
                case CommonOffset:
                    if(ModernRegisters.Map.TryWrite(Transport, field, width, value))
                    {
                        return;
                    }
                    break;
                case NotifyOffset:
                    // H-53: the place names the queue; without NOTIFICATION_DATA the value says nothing more.
                    Transport.Notify((int)(field / NotifyMultiplier));
                    return;
                default:
                    // ISR and device configuration are read-only on the modern interface (H-102).
                    break;
            }
            Transport.Errors.Misuse("no register of this width is here to write", offset, value);
        }

        /// <inheritdoc/>
        public override void Reset()
        {
            Transport.Reset();
            msix?.Reset();
            base.Reset();
        }

        /// <inheritdoc/>
        public void QueueUsed(ushort vector)
        {
            if(!SendMessage(vector))
            {
                // PCI-50: with MSI-X on, this bit means nothing.
                Raise(PciLayout.IsrQueue);
            }
        }

        /// <inheritdoc/>
        public void ConfigChanged(ushort vector)
        {
            // PCI-49: the bit comes first, with MSI-X too.
            isr |= PciLayout.IsrConfig;
            if(!SendMessage(vector))
            {
                Raise(PciLayout.IsrConfig);
            }
        }

        /// <inheritdoc/>
        public void Clear()
        {
            TakeIsr();
            // BASE-14: unmasking a vector after a reset must not send what the driver before had missed.
            msix?.ClearPending();
        }

        /// <inheritdoc/>
        public int Vectors { get; }

        /// <summary>The transport's state.</summary>
        public VirtioTransport Transport { get; }

        /// <inheritdoc/>
        protected override void BusMasterChanged()
        {
            Transport.BusMaster = BusMaster;
            if(BusMaster)
            {
                msix?.DeliverPending();
                Transport.Rescan();
            }
        }

        // False if MSI-X is off. PCI-75, PCI-77: an event mapped to no vector is silent, INTx does not stand in.
        private bool SendMessage(ushort vector)
        {
            if(msix == null || !msix.Enabled)
            {
                return false;
            }
            if(vector != PciLayout.MsiNoVector)
            {
                msix.Notify(vector);
            }
            return true;
        }

        // PCI-49 to PCI-51: the ISR bit comes first; Interrupt Status is the OR of the bits.
        private void Raise(byte bit)
        {
            isr |= bit;
            SetInterrupt(true);
        }

        // PCI-52: returned, cleared and the line dropped in one step.
        private byte TakeIsr()
        {
            var value = isr;
            isr = 0;
            SetInterrupt(false);
            return value;
        }

        // H-101: device configuration answers any width, byte by byte.
        private bool TryReadDeviceConfig(ulong field, int width, out ulong value)
        {
            var config = Transport.Device.Config;
            value = 0;
            if(field + (uint)width > (ulong)config.Length)
            {
                return false;
            }
            for(var i = width - 1; i >= 0; i--)
            {
                value = (value << 8) | config[(int)field + i];
            }
            return true;
        }

        private int AddStructure(byte type, byte size, ulong offset, uint length)
        {
            var capability = Config.AddCapability(PciSpec.CapabilityVendor, size);
            Config.Set(capability + 2, 1, size);
            Config.Set(capability + PciLayout.CapCfgType, 1, type);
            Config.Set(capability + PciLayout.CapBar, 1, (uint)structures.Index);
            Config.Set(capability + PciLayout.CapOffset, 4, offset);
            Config.Set(capability + PciLayout.CapLength, 4, length);
            return capability;
        }

        // H-108: an existing BAR, a length of 1, 2 or 4, an offset aligned to it and inside the BAR.
        private bool TryGetPciCfg(out ulong offset, out int length)
        {
            var bar = Config.Read(pciCfg + PciLayout.CapBar, 1);
            var lengthField = Config.Read(pciCfg + PciLayout.CapLength, 4);
            offset = Config.Read(pciCfg + PciLayout.CapOffset, 4);
            length = 0;
            if(bar == (uint)structures.Index && (lengthField == 1 || lengthField == 2 || lengthField == 4)
                && offset % lengthField == 0 && offset + lengthField <= structures.Size)
            {
                length = (int)lengthField;
                return true;
            }
            Config.Set(PciCfgData, 4, 0);
            Transport.Errors.Misuse("the PCI configuration access capability points at no register", offset, lengthField);
            return false;
        }

        // A 64-bit access to length and data holds it in its upper half.
        private bool HoldsPciCfgData(int offset, int width)
        {
            return offset <= PciCfgData && PciCfgData < offset + width;
        }

        private int PciCfgData => pciCfg + PciLayout.CapExtra;

        private byte isr;

        private readonly Msix? msix;
        private readonly int pciCfg;
        private readonly Bar structures = new Bar(StructuresBar, BarKind.Memory64, 4 * StructureSpan);

        private const int MsixBar = 1;
        private const int MaxVectors = 2048;
        private const int StructuresBar = 4;
        private const ulong StructureSpan = 0x1000;
        private const ulong CommonOffset = 0 * StructureSpan;
        private const ulong IsrOffset = 1 * StructureSpan;
        private const ulong DeviceOffset = 2 * StructureSpan;
        private const ulong NotifyOffset = 3 * StructureSpan;
        private const uint NotifyMultiplier = 4;
        private const byte ModernRevision = 1;
        private const byte InterruptPinA = 1;
    }
}
