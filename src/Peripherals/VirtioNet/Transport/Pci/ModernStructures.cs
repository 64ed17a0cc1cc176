// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The structures of the modern interface in one BAR. virtio v1.4-cs01: 4.1.4 "Virtio Structure PCI Capabilities".
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
            var (config, device) = (function.Config, function.Transport.Device);
            config.Add(Bar);
            config.Add(new VirtioCapability(PciLayout.CapCommonCfg, BarIndex, CommonOffset, PciLayout.CommonCfgSize));
            config.Add(new VirtioCapability(PciLayout.CapNotifyCfg, BarIndex, NotifyOffset, NotifyMultiplier * (uint)device.QueueCount, NotifyMultiplier));
            config.Add(new VirtioCapability(PciLayout.CapIsrCfg, BarIndex, IsrOffset, 1));
            config.Add(new VirtioCapability(PciLayout.CapDeviceCfg, BarIndex, DeviceOffset, (uint)device.Config.Length));
            config.Add(new PciCfgAccess(this, function.Transport.Reports));
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
                    // The notification structure is write-only.
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
                    // The offset alone names the queue; width and value of the write are ignored (H-53).
                    transport.Notify((int)(field / NotifyMultiplier));
                    return;
                default:
                    // ISR status and device configuration are read-only on the modern interface (H-102).
                    break;
            }
            transport.Reports.Misuse(FunctionRules.NoRegisterToWrite, offset, value);
        }

        /// <summary>The BAR.</summary>
        public Bar Bar { get; } = new Bar(BarIndex, BarKind.Memory64, 4 * StructureSpan);

        private readonly VirtioPciFunction function;

        private const int BarIndex = 4;
        private const ulong StructureSpan = 0x1000;
        private const ulong CommonOffset = 0 * StructureSpan;
        private const ulong IsrOffset = 1 * StructureSpan;
        private const ulong DeviceOffset = 2 * StructureSpan;
        private const ulong NotifyOffset = 3 * StructureSpan;
        private const uint NotifyMultiplier = 4;
    }
}
