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
            Other.FrameReady?.Invoke(frame);
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
    }
}
