// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A level-triggered interrupt line from a card or a PCI host to the platform.

using System;
using System.Linq;

using Antmicro.Renode.Core;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>
    /// An output that also falls if its peripheral is taken off the machine. Renode disconnects the outputs of such a peripheral before
    /// it tells the peripheral, and without this an interrupt controller would see the last level for ever. Used with the guard's
    /// lock held, so that two threads drive the line in the order in which they saw its level.
    /// </summary>
    internal sealed class LevelLine
    {
        /// <summary>Makes the line of an output.</summary>
        public LevelLine(GPIO output)
        {
            this.output = output;
        }

        /// <summary>Drives the output, and remembers who has seen it high.</summary>
        public void Set(bool level)
        {
            output.Set(level);
            receivers = level ? output.Endpoints.ToArray() : Array.Empty<GPIOEndpoint>();
        }

        /// <summary>Called when the output is disconnected already: whoever has seen the line high sees it fall.</summary>
        public void Fall()
        {
            foreach(var receiver in receivers)
            {
                receiver.Receiver.OnGPIO(receiver.Number, false);
            }
            receivers = Array.Empty<GPIOEndpoint>();
        }

        // Where the line leads to while it is high.
        private GPIOEndpoint[] receivers = Array.Empty<GPIOEndpoint>();

        private readonly GPIO output;
    }
}
