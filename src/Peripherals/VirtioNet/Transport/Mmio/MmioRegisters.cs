// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The control registers of virtio over MMIO: each row calls the VirtioTransport that PCI uses, too. All have 32 bits.
// virtio v1.4-cs01: 4.2.2 "MMIO Device Register Layout", 4.2.4 "Legacy interface".

using System;
using System.Collections.Generic;

using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Transport.Mmio
{
    /// <summary>Both layouts, row by row as the spec has them.</summary>
    internal static class MmioRegisters
    {
        /// <summary>Version 2.</summary>
        public static readonly RegisterMap<VirtioMmioDevice> Modern = Lay(
            At(0x000, "MagicValue", d => MmioLayout.Magic),
            At(0x004, "Version", d => MmioLayout.ModernVersion),
            At(0x008, "DeviceID", d => d.Transport.Device.DeviceType),
            At(0x00C, "VendorID", d => MmioLayout.VendorId),
            At(0x010, "DeviceFeatures", d => d.Transport.Offered.Word(d.Selection.DeviceFeatures)),
            At(0x014, "DeviceFeaturesSel", null, (d, v) => d.Selection.DeviceFeatures = v),
            At(0x020, "DriverFeatures", null, (d, v) => d.Transport.WriteDriverFeatures(d.Selection.DriverFeatures, v)),
            At(0x024, "DriverFeaturesSel", null, (d, v) => d.Selection.DriverFeatures = v),
            At(0x030, "QueueSel", null, (d, v) => d.Selection.Queue = Clamped(v)),
            At(0x034, "QueueSizeMax", d => d.Transport.MaxSizeOf(d.Selection.Queue)),
            At(0x038, "QueueSize", null, (d, v) => d.Transport.SetQueueSize(d.Selection.Queue, Clamped(v))),
            At(0x044, "QueueReady", d => d.Transport.IsEnabled(d.Selection.Queue) ? 1U : 0U, WriteReady),
            At(0x050, "QueueNotify", null, (d, v) => Notify(d.Transport, v)),
            At(0x060, "InterruptStatus", d => d.InterruptStatus),
            At(0x064, "InterruptACK", null, (d, v) => d.Acknowledge(v)),
            At(0x070, "Status", d => (byte)d.Transport.Status, WriteStatus),
            At(0x080, "QueueDescLow", null, (d, v) => WriteLow(d, QueueArea.Descriptor, v)),
            At(0x084, "QueueDescHigh", null, (d, v) => WriteHigh(d, QueueArea.Descriptor, v)),
            At(0x090, "QueueDriverLow", null, (d, v) => WriteLow(d, QueueArea.Driver, v)),
            At(0x094, "QueueDriverHigh", null, (d, v) => WriteHigh(d, QueueArea.Driver, v)),
            At(0x0A0, "QueueDeviceLow", null, (d, v) => WriteLow(d, QueueArea.Device, v)),
            At(0x0A4, "QueueDeviceHigh", null, (d, v) => WriteHigh(d, QueueArea.Device, v)),
            // The device has no shared memory region: length and base read as all ones, whatever region is selected.
            At(0x0AC, "SHMSel", null, (d, v) => { }),
            At(0x0B0, "SHMLenLow", d => uint.MaxValue),
            At(0x0B4, "SHMLenHigh", d => uint.MaxValue),
            At(0x0B8, "SHMBaseLow", d => uint.MaxValue),
            At(0x0BC, "SHMBaseHigh", d => uint.MaxValue),
            At(0x0C0, "QueueReset", d => 0, (d, v) => d.Transport.ResetQueue(d.Selection.Queue, Clamped(v))),
            At(0x0FC, "ConfigGeneration", d => d.Transport.ReadConfigGeneration()));

        /// <summary>Version 1, for legacy drivers.</summary>
        public static readonly RegisterMap<VirtioMmioDevice> Legacy = Lay(
            At(0x000, "MagicValue", d => MmioLayout.Magic),
            At(0x004, "Version", d => MmioLayout.LegacyVersion),
            At(0x008, "DeviceID", d => d.Transport.Device.DeviceType),
            At(0x00C, "VendorID", d => MmioLayout.VendorId),
            At(0x010, "HostFeatures", d => d.Transport.OfferedToLegacy.Word(d.Selection.DeviceFeatures)),
            At(0x014, "HostFeaturesSel", null, (d, v) => d.Selection.DeviceFeatures = v),
            At(0x020, "GuestFeatures", null, WriteGuestFeatures),
            At(0x024, "GuestFeaturesSel", null, (d, v) => d.Selection.DriverFeatures = v),
            At(0x028, "GuestPageSize", null, (d, v) => d.WriteGuestPageSize(v)),
            At(0x030, "QueueSel", null, (d, v) => d.Selection.Queue = Clamped(v)),
            At(0x034, "QueueSizeMax", d => d.Transport.MaxSizeOf(d.Selection.Queue)),
            At(0x038, "QueueSize", null, (d, v) => d.Transport.SetQueueSize(d.Selection.Queue, Clamped(v))),
            At(0x03C, "QueueAlign", null, (d, v) => d.WriteQueueAlign(v)),
            At(0x040, "QueuePFN", d => d.QueuePfn, (d, v) => d.QueuePfn = v),
            At(0x050, "QueueNotify", null, (d, v) => d.Transport.Notify(Clamped(v))),
            At(0x060, "InterruptStatus", d => d.InterruptStatus),
            At(0x064, "InterruptACK", null, (d, v) => d.Acknowledge(v)),
            At(0x070, "Status", d => (byte)d.Transport.Status, WriteStatus));

        // Status has eight bits in a 32-bit register. A larger value is refused: cut to eight bits it could be 0, which would reset
        // the device.
        private static void WriteStatus(VirtioMmioDevice device, uint value)
        {
            var transport = device.Transport;
            if(value > byte.MaxValue)
            {
                transport.Reports.Misuse(DriverRules.StatusWidth, (byte)transport.Status, value);
            }
            else if(device.IsLegacy)
            {
                transport.WriteLegacyStatus((DeviceStatus)value);
            }
            else
            {
                transport.WriteStatus((DeviceStatus)value);
            }
        }

        // 4.2.2: a driver stops a queue by writing 0, and starts it by writing 1.
        private static void WriteReady(VirtioMmioDevice device, uint value)
        {
            if(value == 0)
            {
                device.Transport.StopQueue(device.Selection.Queue);
            }
            else if(value == 1)
            {
                device.Transport.EnableQueue(device.Selection.Queue);
            }
            else
            {
                device.Transport.Reports.Misuse(DriverRules.QueueEnableValue, device.Selection.Queue, value);
            }
        }

        // Legacy features are bits 0 to 31, word 0. A write while GuestFeaturesSel names another word is ignored.
        private static void WriteGuestFeatures(VirtioMmioDevice device, uint value)
        {
            if(device.Selection.DriverFeatures == 0)
            {
                device.Transport.WriteLegacyFeatures(value);
            }
        }

        private static void WriteLow(VirtioMmioDevice device, QueueArea area, uint value)
        {
            var queue = device.Selection.Queue;
            device.Transport.SetQueueArea(queue, area, device.Transport.AreaOf(queue, area).WithLow(value));
        }

        private static void WriteHigh(VirtioMmioDevice device, QueueArea area, uint value)
        {
            var queue = device.Selection.Queue;
            device.Transport.SetQueueArea(queue, area, device.Transport.AreaOf(queue, area).WithHigh(value));
        }

        // 2.9: with NOTIFICATION_DATA the lower 16 bits are the queue, and the upper ones tell how far the driver has filled the
        // ring. The device ignores those and reads the ring, because they could be wrong (H-54).
        private static void Notify(VirtioTransport transport, uint value)
        {
            transport.Notify(transport.DriverFeatures.Has(Feature.NotificationData) ? (int)(value & ushort.MaxValue) : Clamped(value));
        }

        // Queue numbers and sizes have 16 bits in a 32-bit register. A larger value becomes 65535, which is never valid; cut to 16
        // bits it could be the number of a queue that exists.
        private static ushort Clamped(uint value)
        {
            return (ushort)Math.Min(value, ushort.MaxValue);
        }

        private static (int, Register<VirtioMmioDevice>) At(int offset, string name, Func<VirtioMmioDevice, uint>? read, Action<VirtioMmioDevice, uint>? write = null)
        {
            return (offset, new Register<VirtioMmioDevice>(name, sizeof(uint), read, write));
        }

        // Makes the map. The space before, between and after the registers is filled with fields that can neither be read nor written.
        private static RegisterMap<VirtioMmioDevice> Lay(params (int Offset, Register<VirtioMmioDevice> Row)[] registers)
        {
            var rows = new List<Register<VirtioMmioDevice>>();
            foreach(var register in registers)
            {
                AddGap(rows, register.Offset);
                rows.Add(register.Row);
            }
            AddGap(rows, MmioLayout.Config);
            return new RegisterMap<VirtioMmioDevice>(MmioLayout.Config, rows.ToArray());
        }

        private static void AddGap(List<Register<VirtioMmioDevice>> rows, int end)
        {
            while(rows.Count * sizeof(uint) < end)
            {
                rows.Add(new Register<VirtioMmioDevice>("reserved", sizeof(uint), null));
            }
        }
    }
}
