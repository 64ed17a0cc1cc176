// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// One of the two tables of MAC addresses that a driver receives. virtio v1.4-cs01: 5.1.9.5.2 "Setting MAC Address Filtering".

using System;

using VirtioNet.Wire;

namespace VirtioNet.Net.Control
{
    /// <summary>
    /// A table that is replaced as a whole. One with more addresses than the device keeps stands for all addresses: the spec lets a
    /// device do so, and QEMU does, too. It is never cut short, because then frames that the driver wants would be lost.
    /// </summary>
    internal sealed class AddressTable
    {
        /// <summary>A table of at most <see cref="MaxAddresses"/> addresses. The array is the table's from now on.</summary>
        public AddressTable(MacAddress[] addresses)
        {
            Addresses = addresses;
        }

        /// <summary>A table that is too large to be kept.</summary>
        public static AddressTable TooLarge()
        {
            return new AddressTable(Array.Empty<MacAddress>()) { HasAll = true };
        }

        /// <summary>True if the address is in the table.</summary>
        public bool Has(MacAddress address)
        {
            return HasAll || Array.IndexOf(Addresses, address) >= 0;
        }

        /// <summary>True if the table was too large to be kept, so every address is in it.</summary>
        public bool HasAll { get; private init; }

        /// <summary>The addresses, as the driver has listed them.</summary>
        public MacAddress[] Addresses { get; }

        /// <summary>Most addresses that are kept.</summary>
        public const int MaxAddresses = 256;
    }
}
