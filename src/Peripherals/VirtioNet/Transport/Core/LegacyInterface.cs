#nullable enable
// What a legacy driver (virtio 0.9.5) does differently with the same state. virtio v1.4-cs01: 3.1.2 "Legacy
// Interface: Device Initialization", 2.2.3 and 2.7.2, 4.1.5.1.3, 4.2.4.
//
// There is no FEATURES_OK: features can be written until a queue is first used (LEG-11). A queue is one run of
// pages, and its page number enables it. The device works before DRIVER_OK (BASE-24).

using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Transport.Core
{
    /// <summary>Writes of a legacy driver, the same for PCI and for virtio-mmio version 1.</summary>
    public static class LegacyInterface
    {
        /// <summary>Device features bits 0..31: those of the device, and those only for legacy drivers (FEAT-11, FEAT-13).</summary>
        public static FeatureSet Offered(VirtioTransport transport)
        {
            return (transport.Device.Offered | transport.Device.OfferedToLegacy).With(Feature.AnyLayout).With(Feature.NotifyOnEmpty).LegacyPart;
        }

        /// <summary>
        /// Driver features bits 0..31; the others count as not acknowledged (LEG-07). There is no way to refuse,
        /// so what was not offered is dropped.
        /// </summary>
        public static void WriteFeatures(VirtioTransport transport, uint value)
        {
            var state = transport.State;
            if(IsTakenByModernDriver(transport, value))
            {
                return;
            }
            foreach(var queue in state.Queues)
            {
                if(queue.Queue?.WasUsed == true)
                {
                    transport.Reports.Misuse(DriverRules.LegacyFeaturesFrozen, 0, value);
                    return;
                }
            }
            state.DriverFeatures = new FeatureSet(value, 0) & Offered(transport);
            for(var i = 0; i < state.Queues.Length; i++)
            {
                if(state.Queues[i].Enabled)
                {
                    QueueRegisters.Enable(transport, i);
                }
            }
            transport.Device.Start(state.DriverFeatures);
        }

        /// <summary>
        /// device_status. 0 resets; else every bit but DEVICE_NEEDS_RESET is the driver's, in whatever order:
        /// legacy devices have never checked it. A driver that has acknowledged VERSION_1 keeps to the order of 3.1.
        /// </summary>
        public static void WriteStatus(VirtioTransport transport, DeviceStatus value)
        {
            if(value == DeviceStatus.None || !transport.IsLegacy)
            {
                transport.WriteStatus(value);
                return;
            }
            transport.State.Status = (value & ~DeviceStatus.NeedsReset) | (transport.Status & DeviceStatus.NeedsReset);
        }

        /// <summary>
        /// The page number of the selected queue: enables it there, all areas in one run (LEG-10); 0 frees it.
        /// A queue that is enabled has to be freed before it moves (H-45).
        /// </summary>
        public static void WritePageNumber(VirtioTransport transport, uint value)
        {
            var state = transport.State;
            if(IsTakenByModernDriver(transport, value))
            {
                return;
            }
            if(value == 0)
            {
                QueueRegisters.Disable(transport);
            }
            else if(QueueRegisters.TryConfigure(transport, value, out var queue))
            {
                queue.Layout = QueueLayout.Contiguous(queue.Size, (ulong)value * transport.GuestPageSize, queue.Align);
                state.DriverFeatures = state.DriverFeatures.LegacyPart;
                transport.Device.Start(state.DriverFeatures);
                QueueRegisters.Enable(transport, state.QueueSelect);
            }
        }

        /// <summary>The page number of the selected queue, 0 while it is not in use.</summary>
        public static uint ReadPageNumber(VirtioTransport transport)
        {
            var queue = transport.Selected;
            return queue?.Enabled == true ? unchecked((uint)(queue[QueueArea.Descriptor] / transport.GuestPageSize)) : 0;
        }

        /// <summary>GuestPageSize: a power of two. A queue that is enabled stays where it is.</summary>
        public static void WriteGuestPageSize(VirtioTransport transport, uint value)
        {
            if(IsPowerOfTwo(value))
            {
                transport.GuestPageSize = value;
                return;
            }
            transport.Reports.Misuse(DriverRules.GuestPageSize, 0, value);
        }

        /// <summary>QueueAlign of the selected queue: a power of two.</summary>
        public static void WriteAlign(VirtioTransport transport, uint value)
        {
            if(!QueueRegisters.TryConfigure(transport, value, out var queue))
            {
                return;
            }
            if(IsPowerOfTwo(value))
            {
                queue.Align = value;
                return;
            }
            transport.Reports.Misuse(DriverRules.QueueAlign, transport.State.QueueSelect, value);
        }

        // H-104: FEATURES_OK ends a negotiation of virtio 1.x on whatever interface, until the reset.
        private static bool IsTakenByModernDriver(VirtioTransport transport, uint value)
        {
            if(transport.IsLegacy || (transport.Status & DeviceStatus.FeaturesOk) == 0)
            {
                return false;
            }
            transport.Reports.Misuse(DriverRules.LegacyAfterModern, (byte)transport.Status, value);
            return true;
        }

        private static bool IsPowerOfTwo(uint value)
        {
            return value != 0 && (value & (value - 1)) == 0;
        }
    }
}
