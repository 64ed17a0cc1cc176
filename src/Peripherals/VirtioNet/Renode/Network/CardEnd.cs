// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A card or a port for a virtual machine on a network of our own: packets pass whole.

using Antmicro.Renode.Core;
using Antmicro.Renode.Network;

using VirtioNet.Wire;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Large and unfinished packets come from the device as they are, and go to it so if its driver takes them.</summary>
    internal sealed class CardEnd : NetworkEnd
    {
        public CardEnd(PacketNetwork network, IMACInterface device, INetworkSender sender, IMachine? machine)
            : base(network, device, machine)
        {
            this.sender = sender;
        }

        /// <inheritdoc/>
        public override void Receive(Packet packet)
        {
            sender.Receive(packet);
        }

        /// <summary>The device has sent a packet at this time in virtual nanoseconds. No CPU runs.</summary>
        public void Send(Packet packet, ulong time)
        {
            Network.Send(Port, packet, time);
        }

        /// <inheritdoc/>
        public override void Plug()
        {
            sender.Exit.Connect(this);
        }

        /// <inheritdoc/>
        public override void Unplug()
        {
            sender.Exit.Disconnect(this);
            base.Unplug();
        }

        /// <inheritdoc/>
        public override PortOffloads Offloads => sender.Offloads;

        private readonly INetworkSender sender;
    }
}
