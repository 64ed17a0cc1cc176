// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The class VIRTIO_NET_CTRL_VLAN. virtio v1.4-cs01: 5.1.9.5.3 "VLAN Filtering".

using VirtioNet.Spec;

namespace VirtioNet.Net.Control
{
    /// <summary>ADD and DEL of a VLAN. One may be added twice, or deleted without being there.</summary>
    internal sealed class VlanCommands : CommandClass
    {
        /// <inheritdoc/>
        public override Feature? FeatureOf(byte command)
        {
            return command == ControlLayout.VlanAdd || command == ControlLayout.VlanDelete ? Feature.CtrlVlan : (Feature?)null;
        }

        /// <inheritdoc/>
        public override bool TryRun(byte command, ref CommandData data, CommandResult result, IControlledDevice device)
        {
            if(!data.TryReadUInt16(out var id) || data.Left != 0 || id >= VlanTable.Count)
            {
                return false;
            }
            device.Filter.Vlans![id] = command == ControlLayout.VlanAdd;
            return true;
        }
    }
}
