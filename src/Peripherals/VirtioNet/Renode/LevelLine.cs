// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A level interrupt from a device of ours to the platform.

using System;
using System.Linq;

using Antmicro.Renode.Core;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>
    /// An output that also falls if its peripheral is taken off the machine. Renode disconnects the outputs of such a peripheral before the
    /// peripheral hears of it, and an interrupt controller would see the level of that moment for ever. Used with the guard's lock
    /// held, so that two threads do not drive the line in another order than that in which they saw its level.
    /// </summary>
    internal sealed class LevelLine
    {
        /// <summary>Drives the output.</summary>
        public LevelLine(GPIO output)
        {
            this.output = output;
        }

        /// <summary>Drives the line.</summary>
        public void Set(bool level)
        {
            output.Set(level);
            receivers = level ? output.Endpoints.ToArray() : Array.Empty<GPIOEndpoint>();
        }

        /// <summary>The output is disconnected: whoever saw the line up sees it fall.</summary>
        public void Fall()
        {
            foreach(var receiver in receivers)
            {
                receiver.Receiver.OnGPIO(receiver.Number, false);
            }
            receivers = Array.Empty<GPIOEndpoint>();
        }

        // Where the line leads to while it is up.
        private GPIOEndpoint[] receivers = Array.Empty<GPIOEndpoint>();

        private readonly GPIO output;
    }
}
