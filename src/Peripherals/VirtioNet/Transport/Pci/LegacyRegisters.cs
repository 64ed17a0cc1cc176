// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The legacy interface (virtio 0.9.5) in I/O BAR0. Its registers call the same VirtioTransport as those in ModernRegisters.cs.
// virtio v1.4-cs01: 4.1.4.10 "Legacy Interfaces: A Note on PCI Device Layout".
//
//   0x00 device features   u32     0x0E queue_select       u16
//   0x04 driver features   u32     0x10 queue notify       u16
//   0x08 queue address     u32     0x12 device status      u8
//   0x0C queue_size        u16     0x13 ISR status         u8
//   while MSI-X is enabled:        0x14 config_msix_vector u16    0x16 queue_msix_vector u16
//   then, at 0x14 or 0x18:         device configuration, in the guest's byte order

using System;
using System.Linq;

using VirtioNet.Pci;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Transport.Pci
{
    /// <summary>The legacy header, row by row, and the device configuration after it.</summary>
    internal static class LegacyRegisters
    {
        /// <summary>Reads 1, 2, 4 or 8 bytes of the BAR.</summary>
        public static ulong Read(VirtioPciFunction function, ulong offset, int width)
        {
            var header = HeaderOf(function, out var headerSize);
            if(offset < headerSize
                ? header.TryRead(function, offset, width, out var value)
                : DeviceConfiguration.TryReadLegacy(function.Transport, offset - headerSize, width, out value))
            {
                return value;
            }
            function.Transport.Reports.Misuse(FunctionRules.NoLegacyRegisterToRead, offset, (uint)width);
            return 0;
        }

        /// <summary>Writes 1, 2, 4 or 8 bytes of the BAR.</summary>
        public static void Write(VirtioPciFunction function, ulong offset, int width, ulong value)
        {
            var header = HeaderOf(function, out var headerSize);
            if(offset < headerSize
                ? !header.TryWrite(function, offset, width, value)
                : !DeviceConfiguration.TryWriteLegacy(function.Transport, offset - headerSize, width, value))
            {
                function.Transport.Reports.Misuse(FunctionRules.NoLegacyRegisterToWrite, offset, value);
            }
        }

        // 4.1.4.10: while MSI-X is enabled, the header has two vector fields more, and the device configuration starts after them.
        private static RegisterMap<VirtioPciFunction> HeaderOf(VirtioPciFunction function, out ulong size)
        {
            size = (ulong)(function.MsixEnabled ? PciLayout.LegacyHeaderSizeMsix : PciLayout.LegacyHeaderSize);
            return function.MsixEnabled ? HeaderWithVectors : Header;
        }

        private static void WriteStatus(VirtioPciFunction function, DeviceStatus value)
        {
            var before = function.Transport.Status;
            function.Transport.WriteLegacyStatus(value);
            if((function.Transport.Status & ~before & DeviceStatus.Driver) != 0)
            {
                // Linux before 2.6.34 never enables bus mastering, so the card would never use its queues. The card
                // therefore sets the bit itself when the driver sets DRIVER. The guest can clear it afterwards.
                function.EnableBusMaster();
            }
        }

        // The page number of the selected queue, 0 while it is disabled.
        private static uint ReadAddress(VirtioPciFunction function)
        {
            var queue = function.Selection.Queue;
            return function.Transport.IsEnabled(queue) ? (function.Transport.LayoutOf(queue).DescriptorArea / PciLayout.LegacyPageSize).Low() : 0;
        }

        private static Register<VirtioPciFunction> Row(string name, int width, Func<VirtioPciFunction, uint>? read, Action<VirtioPciFunction, uint>? write = null)
        {
            return new Register<VirtioPciFunction>(name, width, read, write);
        }

        private static readonly Register<VirtioPciFunction>[] HeaderRows =
        {
            Row("device features", 4, f => f.Transport.OfferedToLegacy.Word(0)),
            Row("driver features", 4, f => f.Transport.DriverFeatures.Word(0), (f, v) => f.Transport.WriteLegacyFeatures(v)),
            Row("queue address", 4, ReadAddress, (f, v) => f.Transport.PlaceLegacyQueue(f.Selection.Queue, (ulong)v * PciLayout.LegacyPageSize, PciLayout.LegacyPageSize)),
            Row("queue_size", 2, f => f.Transport.LayoutOf(f.Selection.Queue).Size),
            Row("queue_select", 2, f => f.Selection.Queue, (f, v) => f.Selection.Queue = (ushort)v),
            Row("queue notify", 2, null, (f, v) => f.Transport.Notify((int)v)),
            Row("device status", 1, f => (byte)f.Transport.Status, (f, v) => WriteStatus(f, (DeviceStatus)v)),
            Row("ISR status", 1, f => f.TakeIsr()),
        };

        private static readonly Register<VirtioPciFunction>[] VectorRows =
        {
            Row("config_msix_vector", 2, f => f.ConfigurationVector, (f, v) => f.ConfigurationVector = (ushort)v),
            Row("queue_msix_vector", 2, f => f.QueueVector, (f, v) => f.QueueVector = (ushort)v),
        };

        private static readonly RegisterMap<VirtioPciFunction> Header =
            new RegisterMap<VirtioPciFunction>(PciLayout.LegacyHeaderSize, HeaderRows);

        private static readonly RegisterMap<VirtioPciFunction> HeaderWithVectors =
            new RegisterMap<VirtioPciFunction>(PciLayout.LegacyHeaderSizeMsix, HeaderRows.Concat(VectorRows).ToArray());
    }
}
