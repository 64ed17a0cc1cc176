// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The class VIRTIO_NET_CTRL_MAC: addresses. virtio v1.4-cs01: 5.1.9.5.2 "Setting MAC Address Filtering".

using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Net.Control
{
    /// <summary>TABLE_SET replaces the tables of addresses that are received, ADDR_SET the card's own address.</summary>
    internal sealed class MacCommands : CommandClass
    {
        /// <inheritdoc/>
        public override Feature? FeatureOf(byte command)
        {
            switch(command)
            {
                case ControlLayout.MacTableSet: return Feature.CtrlRx;
                case ControlLayout.MacAddressSet: return Feature.CtrlMacAddr;
                default: return null;
            }
        }

        /// <inheritdoc/>
        public override bool TryRun(byte command, ref CommandData data, CommandResult result, IControlledDevice device)
        {
            return command == ControlLayout.MacTableSet ? TrySetTables(ref data, device) : TrySetAddress(ref data, device);
        }

        private static bool TrySetTables(ref CommandData data, IControlledDevice device)
        {
            if(!TryReadTable(ref data, out var unicast) || !TryReadTable(ref data, out var multicast) || data.Left != 0)
            {
                return false;
            }
            device.Filter.Set(unicast, multicast);
            return true;
        }

        // A card's own address is that of one station.
        private static bool TrySetAddress(ref CommandData data, IControlledDevice device)
        {
            if(!data.TryReadAddress(out var address) || data.Left != 0 || address.IsGroup || address == default)
            {
                return false;
            }
            device.SetAddress(address);
            return true;
        }

        // The count of addresses, then the addresses. The count is the driver's, any number of 32 bits: at most MaxAddresses are
        // allocated for it, and the others have to be there, too.
        private static bool TryReadTable(ref CommandData data, out AddressTable table)
        {
            table = AddressTable.TooLarge();
            if(!data.TryReadUInt32(out var count))
            {
                return false;
            }
            if(count > AddressTable.MaxAddresses)
            {
                return data.TrySkip((ulong)count * MacAddress.Size);
            }
            var addresses = new MacAddress[count];
            for(var i = 0; i < addresses.Length; i++)
            {
                if(!data.TryReadAddress(out addresses[i]))
                {
                    return false;
                }
            }
            table = new AddressTable(addresses);
            return true;
        }
    }
}
