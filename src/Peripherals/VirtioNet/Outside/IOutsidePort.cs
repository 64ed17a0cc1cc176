// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What every port for another process has.

using System;

using VirtioNet.Wire;

namespace VirtioNet.Outside
{
    /// <summary>A port of a network for another process, which lives in real time. It has a thread of its own from Start to Dispose.</summary>
    public interface IOutsidePort : IPacketPort, IDisposable
    {
        /// <summary>
        /// Begins to serve. Throws IOException, with the remedy, if what the port needs cannot be had; then nothing is left behind, and Start
        /// can be called again.
        /// </summary>
        void Start();

        /// <summary>A frame of the other process was lost in the network; it is to be counted.</summary>
        void CountRefused();

        /// <summary>Sets all counters to 0.</summary>
        void ResetCounters();

        /// <summary>True while the link is up. While it is down, frames are dropped and counted in both directions; the other process stays connected.</summary>
        bool LinkUp { get; set; }

        /// <summary>The other process has come, gone or changed its mind. On the port's thread, with no lock held.</summary>
        event Action? Changed;
    }
}
