// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a class of commands is. virtio v1.4-cs01: 5.1.9.5 "Control Virtqueue".

using VirtioNet.Spec;

namespace VirtioNet.Net.Control
{
    /// <summary>The commands of one class. A class has no state: all that commands set is in the device.</summary>
    internal abstract class CommandClass
    {
        /// <summary>The feature that a driver has to negotiate for a command. Null if the class has no such command.</summary>
        public abstract Feature? FeatureOf(byte command);

        /// <summary>
        /// Carries out a command that the class has. First all data is read and checked. False, and nothing was changed, if its
        /// length is not that of the command, or a value is not allowed. What the command tells the driver is added to
        /// <paramref name="result"/>; it counts only if the command was carried out.
        /// </summary>
        public abstract bool TryRun(byte command, ref CommandData data, CommandResult result, IControlledDevice device);
    }
}
