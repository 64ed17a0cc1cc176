// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A cable from a network of our own to a switch of Renode's: two network interfaces, each of which sends what the other receives.

using System;

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Network;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>One end of the cable. Frames pass it, and keep their senders' addresses; its own address is in none of them.</summary>
    public sealed class NetworkUplink : IExternal, IMACInterface
    {
        /// <summary>Makes both ends.</summary>
        public NetworkUplink()
        {
            Other = new NetworkUplink(this);
        }

        /// <inheritdoc/>
        public void ReceiveFrame(EthernetFrame frame)
        {
            // Renode's switch sends a frame back at once to the interface that it came from, if it has learned its receiver there, too, as
            // it does with both sides of a conversation that is mirrored to it. Back in the network that frame would go round for ever.
            if(sender == Environment.CurrentManagedThreadId)
            {
                return;
            }
            Other.sender = Environment.CurrentManagedThreadId;
            Other.FrameReady?.Invoke(frame);
            Other.sender = 0;
        }

        /// <inheritdoc/>
        MACAddress IMACInterface.MAC { get; set; } = EmulationManager.Instance.CurrentEmulation.MACRepository.GenerateUniqueMAC();

        /// <inheritdoc/>
        public event Action<EthernetFrame>? FrameReady;

        /// <summary>The other end.</summary>
        internal NetworkUplink Other { get; }

        private NetworkUplink(NetworkUplink other)
        {
            Other = other;
        }

        // The thread on which this end hands a frame on, or 0.
        private int sender;
    }
}
