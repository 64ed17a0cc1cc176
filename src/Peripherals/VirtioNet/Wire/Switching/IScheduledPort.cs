// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A device that can receive a packet at an exact time between two runs of its network.

namespace VirtioNet.Wire.Switching
{
    /// <summary>
    /// What a network delivers to at the exact time. A network is run at points of time at which nothing else runs; what is due
    /// between two of them it announces to such a device, which has a clock of its own. All others get it in the next run.
    /// </summary>
    public interface IScheduledPort : IPacketPort
    {
        /// <summary>
        /// The next packet is due at this time, which is after the run that announces it, and not after that run's horizon. Once the
        /// device's time has come to it, <see cref="NetworkPort.Deliver"/> is to be called, which delivers, and announces the
        /// next time if there is one. If it is not called by then, the next run delivers. A call too many delivers nothing, so a time
        /// may be announced again. <see cref="NetworkPort.Deliver"/> is not to be called out of this call.
        /// </summary>
        void Announce(NetworkPort port, ulong time);
    }
}
