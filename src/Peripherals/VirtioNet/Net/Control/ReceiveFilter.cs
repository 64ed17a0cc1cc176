// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Which frames of the network the driver wants. virtio v1.4-cs01: 5.1.9.5.1 "Packet Receive Filtering", 5.1.9.5.2 "Setting
// MAC Address Filtering", 5.1.9.5.3 "VLAN Filtering".

using System;
using System.Buffers.Binary;

using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Net.Control
{
    /// <summary>What becomes of a frame.</summary>
    internal enum FilterVerdict
    {
        /// <summary>The driver wants it.</summary>
        Pass,
        /// <summary>It is for a VLAN that the driver does not want.</summary>
        OtherVlan,
        /// <summary>It is for an address that the driver does not want.</summary>
        OtherAddress,
    }

    /// <summary>
    /// Receive modes, addresses and VLANs as the driver has set them since the last reset.
    ///
    /// Addresses are not filtered before the driver has sent its first command about them. The spec does not say in which mode a
    /// device starts. QEMU's starts in promiscuous mode, for drivers that negotiate CTRL_RX and set no mode, and this comes to the
    /// same. Linux sets mode and table whenever an interface goes up. VLANs are filtered from the start, as the spec says, if
    /// CTRL_VLAN was negotiated.
    /// </summary>
    internal sealed class ReceiveFilter
    {
        /// <summary>The filter after a reset, for a card with this address.</summary>
        public ReceiveFilter(MacAddress address)
        {
            this.address = address;
        }

        /// <summary>The features in force have changed.</summary>
        public void SetFeatures(FeatureSet features)
        {
            filtersVlans = features.Has(Feature.CtrlVlan);
            readsAddress = features.Has(Feature.Mac);
            Update();
        }

        /// <summary>Switches a receive mode on or off.</summary>
        public void Set(ReceiveModes mode, bool isOn)
        {
            Modes = isOn ? Modes | mode : Modes & ~mode;
            FiltersAddresses = true;
            Update();
        }

        /// <summary>Replaces both tables of addresses that are received beside the card's own.</summary>
        public void Set(AddressTable unicast, AddressTable multicast)
        {
            Unicast = unicast;
            Multicast = multicast;
            FiltersAddresses = true;
            Update();
        }

        /// <summary>What becomes of a frame, which has at least an Ethernet header.</summary>
        public FilterVerdict Judge(ReadOnlySpan<byte> frame)
        {
            if(PassesAll)
            {
                return FilterVerdict.Pass;
            }
            if(filtersVlans && !IsVlanWanted(frame))
            {
                return FilterVerdict.OtherVlan;
            }
            return !FiltersAddresses || IsWanted(Ethernet.Destination(frame)) ? FilterVerdict.Pass : FilterVerdict.OtherAddress;
        }

        /// <summary>True if every frame passes, so that none has to be looked at.</summary>
        public bool PassesAll { get; private set; } = true;

        /// <summary>The modes that are on.</summary>
        public ReceiveModes Modes { get; private set; }

        /// <summary>True from the driver's first command about receive modes or addresses on.</summary>
        public bool FiltersAddresses { get; private set; }

        /// <summary>The card's own address.</summary>
        public MacAddress Address
        {
            get => address;
            set
            {
                address = value;
                isAddressSet = true;
            }
        }

        /// <summary>Unicast addresses that are received beside the card's own.</summary>
        public AddressTable Unicast { get; private set; } = new AddressTable(Array.Empty<MacAddress>());

        /// <summary>Multicast addresses that are received.</summary>
        public AddressTable Multicast { get; private set; } = new AddressTable(Array.Empty<MacAddress>());

        /// <summary>The VLANs that are received; null if the driver has not negotiated CTRL_VLAN, and receives all.</summary>
        public VlanTable? Vlans => filtersVlans ? vlans : null;

        // In promiscuous mode a driver gets frames of all VLANs, too, as from QEMU's device: a guest that bridges or captures wants them.
        private void Update()
        {
            PassesAll = Has(ReceiveModes.Promiscuous) || (!FiltersAddresses && !filtersVlans);
        }

        // Frames that only have a priority, which is a tag with id 0, are in no VLAN. Service tags (802.1ad) are not filtered: drivers
        // have no way to name them, and Linux registers customer tags alone.
        private bool IsVlanWanted(ReadOnlySpan<byte> frame)
        {
            if(Ethernet.FirstType(frame) != Ethernet.CustomerTag || frame.Length < Ethernet.HeaderSize + Ethernet.TagSize)
            {
                return true;
            }
            var id = BinaryPrimitives.ReadUInt16BigEndian(frame.Slice(Ethernet.HeaderSize)) % VlanTable.Count;
            return id == 0 || vlans[id];
        }

        private bool IsWanted(MacAddress destination)
        {
            if(destination == MacAddress.Broadcast)
            {
                return !Has(ReceiveModes.NoBroadcast);
            }
            return destination.IsGroup
                ? !Has(ReceiveModes.NoMulticast) && (Has(ReceiveModes.AllMulticast) || Multicast.Has(destination))
                : !Has(ReceiveModes.NoUnicast) && (Has(ReceiveModes.AllUnicast) || IsOwn(destination) || Unicast.Has(destination));
        }

        // A driver without VIRTIO_NET_F_MAC has an address of its own choice. Until it tells the card, all addresses may be that one.
        private bool IsOwn(MacAddress destination)
        {
            return destination == address || !(readsAddress || isAddressSet);
        }

        private bool Has(ReceiveModes mode)
        {
            return (Modes & mode) != 0;
        }

        private MacAddress address;
        private bool isAddressSet;
        private bool readsAddress;
        private bool filtersVlans;

        private readonly VlanTable vlans = new VlanTable();
    }
}
