#nullable enable
// The structures of the modern interface behind one BAR. virtio v1.4-cs01: 4.1.4 "Virtio Structure PCI Capabilities".
//
//   BAR4 (64-bit memory, 16 KiB), each structure on a page of its own:
//   0x0000 common configuration   0x1000 ISR status
//   0x2000 device configuration   0x3000 notifications, 4 bytes a queue

using VirtioNet.Pci;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Transport.Pci
{
    /// <summary>Announces the structures by capabilities and serves accesses to them.</summary>
    internal sealed class ModernStructures
    {
        /// <summary>Adds the BAR and the capabilities that point into it.</summary>
        public ModernStructures(VirtioPciFunction function)
        {
            this.function = function;
            var device = function.Transport.Device;
            function.Config.Add(Bar);
            AddCapability(PciLayout.CapCommonCfg, PciLayout.CapSize, CommonOffset, PciLayout.CommonCfgSize);
            var notify = AddCapability(PciLayout.CapNotifyCfg, PciLayout.CapSizeExtra, NotifyOffset, NotifyMultiplier * (uint)device.QueueCount);
            function.Config.Set(notify + PciLayout.CapExtra, 4, NotifyMultiplier);
            AddCapability(PciLayout.CapIsrCfg, PciLayout.CapSize, IsrOffset, 1);
            AddCapability(PciLayout.CapDeviceCfg, PciLayout.CapSize, DeviceOffset, (uint)device.Config.Length);
            access = new PciCfgAccess(AddCapability(PciLayout.CapPciCfg, PciLayout.CapSizeExtra, 0, 0), function, this);
        }

        /// <summary>Reads 1, 2, 4 or 8 bytes of the BAR.</summary>
        public ulong Read(ulong offset, int width)
        {
            var transport = function.Transport;
            var value = 0UL;
            var field = offset % StructureSpan;
            switch(offset - field)
            {
                case CommonOffset:
                    if(ModernRegisters.Map.TryRead(function, field, width, out value))
                    {
                        return value;
                    }
                    break;
                case IsrOffset:
                    if(field == 0)
                    {
                        return function.TakeIsr();
                    }
                    break;
                case DeviceOffset:
                    if(DeviceConfiguration.TryRead(transport, field, width, out value))
                    {
                        return value;
                    }
                    break;
                default:
                    // Doorbells are write-only.
                    break;
            }
            transport.Reports.Misuse(FunctionRules.NoRegisterToRead, offset, (uint)width);
            return value;
        }

        /// <summary>Writes 1, 2, 4 or 8 bytes of the BAR.</summary>
        public void Write(ulong offset, int width, ulong value)
        {
            var transport = function.Transport;
            var field = offset % StructureSpan;
            switch(offset - field)
            {
                case CommonOffset:
                    if(ModernRegisters.Map.TryWrite(function, field, width, value))
                    {
                        return;
                    }
                    break;
                case NotifyOffset:
                    // H-53: the place names the queue; without NOTIFICATION_DATA the value says nothing more.
                    transport.Notify((int)(field / NotifyMultiplier));
                    return;
                default:
                    // ISR and device configuration are read-only on the modern interface (H-102).
                    break;
            }
            transport.Reports.Misuse(FunctionRules.NoRegisterToWrite, offset, value);
        }

        /// <summary>The BAR.</summary>
        public Bar Bar { get; } = new Bar(BarIndex, BarKind.Memory64, 4 * StructureSpan);

        /// <summary>The way to the same registers through configuration space.</summary>
        public PciCfgAccess Access => access;

        private int AddCapability(byte type, byte size, ulong offset, uint length)
        {
            var config = function.Config;
            var capability = config.AddCapability(PciSpec.CapabilityVendor, size);
            config.Set(capability + PciLayout.CapLen, 1, size);
            config.Set(capability + PciLayout.CapCfgType, 1, type);
            config.Set(capability + PciLayout.CapBar, 1, BarIndex);
            config.Set(capability + PciLayout.CapOffset, 4, offset);
            config.Set(capability + PciLayout.CapLength, 4, length);
            return capability;
        }

        private readonly VirtioPciFunction function;
        private readonly PciCfgAccess access;

        private const int BarIndex = 4;
        private const ulong StructureSpan = 0x1000;
        private const ulong CommonOffset = 0 * StructureSpan;
        private const ulong IsrOffset = 1 * StructureSpan;
        private const ulong DeviceOffset = 2 * StructureSpan;
        private const ulong NotifyOffset = 3 * StructureSpan;
        private const uint NotifyMultiplier = 4;
    }
}
