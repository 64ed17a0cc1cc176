// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a legacy driver (virtio 0.9.5) does differently with the same device, through the legacy registers of PCI or
// virtio-mmio version 1. virtio v1.4-cs01: 3.1.2 "Legacy Interface: Device Initialization", 2.2.3, 2.7.2, 4.1.5.1.3.1, 4.2.4.
//
// A legacy driver does not set FEATURES_OK: it can write features until a queue is first used. A queue is one contiguous
// run of pages; writing its first page number enables it. The device serves enabled queues even before DRIVER_OK.

using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Transport.Core
{
    public sealed partial class VirtioTransport
    {
        /// <summary>
        /// A legacy driver writes its features, bits 0 to 31; the others count as not acknowledged. Bits that were not offered are
        /// dropped, because a legacy driver cannot be told that they are refused.
        /// </summary>
        public void WriteLegacyFeatures(uint value)
        {
            if(!IsTakenByModernDriver(value))
            {
                SetFeatures(new FeatureSet(value, 0) & OfferedToLegacy);
            }
        }

        /// <summary>
        /// A driver writes device_status through a legacy register. 0 resets the device. Otherwise a legacy driver may set and
        /// clear every bit but DEVICE_NEEDS_RESET in any order, because legacy devices have never checked it. For a driver that has
        /// acknowledged VERSION_1 this is <see cref="WriteStatus"/>, with the order of 3.1.1.
        /// </summary>
        public void WriteLegacyStatus(DeviceStatus value)
        {
            if(value == DeviceStatus.None || !IsLegacy)
            {
                WriteStatus(value);
                return;
            }
            var started = value & ~Status & DeviceStatus.DriverOk;
            state.Status = (value & ~DeviceStatus.NeedsReset) | (Status & DeviceStatus.NeedsReset);
            if(started != 0)
            {
                Rescan();
            }
        }

        /// <summary>
        /// A legacy driver puts a queue at an address, which enables it. Its areas follow each other from there on, the used ring
        /// at a multiple of <paramref name="align"/> bytes (2.7.2). Address 0 stops the queue. A queue that is enabled has to be
        /// stopped before it can be put elsewhere.
        /// </summary>
        public void PlaceLegacyQueue(int index, ulong address, uint align)
        {
            if(IsTakenByModernDriver(address))
            {
                return;
            }
            if(address == 0)
            {
                StopQueue(index);
            }
            else if(CanConfigure(index, address))
            {
                if(!DriverFeatures.IsSubsetOf(OfferedToLegacy))
                {
                    // Some driver has written features through the modern interface, and has stopped before FEATURES_OK. The
                    // driver that now sets up queues here is a legacy driver. Bits 32 and up count as not acknowledged by it, and
                    // so do features that are not offered to legacy drivers (4.1.4.10).
                    SetFeatures(DriverFeatures & OfferedToLegacy);
                }
                StartQueue(index, QueueLayout.Contiguous(LayoutOf(index).Size, address, align));
            }
        }

        /// <summary>
        /// Features on offer to legacy drivers, bits 0 to 31: those of the device, and some that only such drivers get (2.2.3, 6.3).
        /// </summary>
        public FeatureSet OfferedToLegacy { get; }

        // True if a driver of virtio 1.x has set FEATURES_OK, through whichever interface. From then on until a reset, writes of
        // features and queue addresses through the legacy registers have no effect, and are reported.
        private bool IsTakenByModernDriver(ulong value)
        {
            if(IsLegacy || (Status & DeviceStatus.FeaturesOk) == 0)
            {
                return false;
            }
            Reports.Misuse(DriverRules.LegacyAfterModern, (byte)Status, value);
            return true;
        }
    }
}
