// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What "net At" has on the schedule.

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>A command of a network, and the virtual time in nanoseconds at which it is executed.</summary>
    internal sealed class ScheduledCommand
    {
        public ScheduledCommand(ulong time, string text)
        {
            Time = time;
            Text = text;
        }

        public ulong Time { get; }

        public string Text { get; }
    }
}
