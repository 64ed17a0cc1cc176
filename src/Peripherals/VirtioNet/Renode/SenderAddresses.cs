// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The addresses that a virtual machine sends from: of its card, and, if it is a bridge, of what is on its other side.

using System.Collections.Generic;

using Antmicro.Renode.Core.Structure;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Keeps the first 16 addresses, because a guest can invent addresses without end.</summary>
    internal sealed class SenderAddresses
    {
        /// <summary>Notes the sender of a frame. True if it is new, and one of the first 16.</summary>
        public bool Add(MACAddress sender)
        {
            // Nearly always the frame before had the same sender.
            if(sender == latest)
            {
                return false;
            }
            latest = sender;
            lock(addresses)
            {
                return addresses.Count < Most && addresses.Add(sender);
            }
        }

        /// <summary>What has been noted.</summary>
        public IReadOnlyCollection<MACAddress> Addresses
        {
            get
            {
                lock(addresses)
                {
                    return new List<MACAddress>(addresses);
                }
            }
        }

        private MACAddress latest;

        private readonly HashSet<MACAddress> addresses = new HashSet<MACAddress>();

        private const int Most = 16;
    }
}
