// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What "net At" and "net On" have on the schedule.

using VirtioNet.Wire.Switching;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>A command of a network, and when it is executed: at a virtual time in nanoseconds, or when a packet comes.</summary>
    internal sealed class ScheduledCommand
    {
        public ScheduledCommand(long number, ulong time, string text)
        {
            Number = number;
            Time = time;
            Text = text;
        }

        public ScheduledCommand(long number, PacketEvent packet, string text)
        {
            Number = number;
            Packet = packet;
            Text = text;
        }

        /// <summary>By which the user takes it back.</summary>
        public long Number { get; }

        /// <summary>The time, unless it waits for a packet.</summary>
        public ulong Time { get; }

        /// <summary>The packet; null for a command at a time.</summary>
        public PacketEvent? Packet { get; }

        public string Text { get; }
    }
}
