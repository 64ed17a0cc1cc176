// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a legacy driver (virtio 0.9.5) does differently with the same device, through the legacy registers of PCI or
// virtio-mmio version 1. virtio v1.4-cs01: 3.1.2 "Legacy Interface: Device Initialization", 2.2.3, 2.7.2, 4.1.5.1.3, 4.2.4.
//
// There is no FEATURES_OK: features can be written until a queue is first used. A queue is one run of pages, and its page
// number enables it. The device works before DRIVER_OK.

using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Transport.Core
{
    public sealed partial class VirtioTransport
    {
        /// <summary>
        /// A legacy driver writes its features, bits 0 to 31; the others count as not acknowledged. It has no way to learn
        /// that they are refused, so what was not offered is dropped.
        /// </summary>
        public void WriteLegacyFeatures(uint value)
        {
            if(!IsTakenByModernDriver(value))
            {
                SetFeatures(new FeatureSet(value, 0) & OfferedToLegacy);
            }
        }

        /// <summary>
        /// A driver writes device_status through a legacy register. 0 resets. Else every bit but DEVICE_NEEDS_RESET is the
        /// driver's, in whatever order, because legacy devices have never checked it. A driver that has acknowledged VERSION_1
        /// keeps to the order of 3.1.1 here, too.
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
        /// A legacy driver puts a queue at an address (2.7.2): all areas lie there in one run, the used ring on a boundary of
        /// <paramref name="align"/> bytes, and the queue is enabled by that. Address 0 stops it. A queue that is enabled has
        /// to be stopped before it moves.
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
                    // A driver has written features through the modern interface, and has left it before FEATURES_OK. Who goes on
                    // here is a legacy driver, and has not acknowledged any of bits 32 and up (4.1.4.10).
                    SetFeatures(DriverFeatures & OfferedToLegacy);
                }
                StartQueue(index, QueueLayout.Contiguous(LayoutOf(index).Size, address, align));
            }
        }

        /// <summary>Features on offer to legacy drivers, bits 0 to 31: those of the device, and some for such drivers alone (2.2.3, 6.3).</summary>
        public FeatureSet OfferedToLegacy { get; }

        // FEATURES_OK ends a negotiation of virtio 1.x on whatever interface, until the reset.
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
