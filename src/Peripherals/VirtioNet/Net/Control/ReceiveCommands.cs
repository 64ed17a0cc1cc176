// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The class VIRTIO_NET_CTRL_RX: receive modes. virtio v1.4-cs01: 5.1.9.5.1 "Packet Receive Filtering".

using VirtioNet.Spec;

namespace VirtioNet.Net.Control
{
    /// <summary>PROMISC, ALLMULTI, ALLUNI, NOMULTI, NOUNI and NOBCAST: each switches one mode on or off.</summary>
    internal sealed class ReceiveCommands : CommandClass
    {
        /// <inheritdoc/>
        public override Feature? FeatureOf(byte command)
        {
            switch(command)
            {
                case ControlLayout.Promiscuous:
                case ControlLayout.AllMulticast:
                    return Feature.CtrlRx;
                case ControlLayout.AllUnicast:
                case ControlLayout.NoMulticast:
                case ControlLayout.NoUnicast:
                case ControlLayout.NoBroadcast:
                    return Feature.CtrlRxExtra;
                default:
                    return null;
            }
        }

        /// <inheritdoc/>
        public override bool TryRun(byte command, ref CommandData data, CommandResult result, IControlledDevice device)
        {
            if(!data.TryReadByte(out var isOn) || data.Left != 0 || isOn > 1)
            {
                return false;
            }
            device.Filter.Set((ReceiveModes)(1 << command), isOn == 1);
            return true;
        }
    }
}
