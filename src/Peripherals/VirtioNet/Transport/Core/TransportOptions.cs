// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What differs between the machines and buses that a VirtioTransport is made for.

using VirtioNet.Spec;

namespace VirtioNet.Transport.Core
{
    /// <summary>Options of a transport.</summary>
    public sealed class TransportOptions
    {
        /// <summary>
        /// The guest's byte order, which a legacy driver's rings, headers and configuration have (virtio v1.4-cs01: 2.5.3,
        /// 2.7.3). Drivers of virtio 1.x are always little-endian.
        /// </summary>
        public bool GuestIsBigEndian { get; set; }

        /// <summary>Features of the device that are not offered, because the bus lacks what they need.</summary>
        public FeatureSet Excluded { get; set; }
    }
}
