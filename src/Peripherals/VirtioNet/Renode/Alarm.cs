// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// One call at a virtual time, which can be put off or brought forward.

using System;

using Antmicro.Renode.Core;
using Antmicro.Renode.Peripherals.Timers;
using Antmicro.Renode.Time;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>A timer of a machine, in microseconds. A snapshot keeps it.</summary>
    internal sealed class Alarm
    {
        /// <summary>Makes an alarm that is not set.</summary>
        public Alarm(IMachine machine, IPeripheral owner, string name, Action ring)
        {
            this.machine = machine;
            this.owner = owner;
            this.name = name;
            this.ring = ring;
        }

        /// <summary>Sets the timer to <see cref="Time"/>. Calls Renode, so no lock of ours may be held.</summary>
        public void Set()
        {
            if(timer == null)
            {
                timer = new LimitTimer(machine.ClockSource, Frequency, owner, name, direction: Direction.Ascending, workMode: WorkMode.OneShot, eventEnabled: true);
                timer.LimitReached += Ring;
            }
            timer.Enabled = false;
            timer.Limit = Math.Max(1, Time - Math.Min(Time, Now));
            timer.Value = 0;
            timer.Enabled = true;
        }

        /// <summary>When it rings, from the next call of <see cref="Set"/> on.</summary>
        public ulong Time { get; set; }

        /// <summary>The virtual time. Reads a field of the machine's clock, which takes no lock of Renode's.</summary>
        public ulong Now => Math.Max((ulong)machine.ClockSource.CurrentValue.TotalMicroseconds, rungFor);

        // The timer may count a part of a microsecond less than the clock, so the time that was asked for counts.
        private void Ring()
        {
            rungFor = Time;
            ring();
        }

        // Made when it is needed first, because most cards never need it.
        private LimitTimer? timer;
        private ulong rungFor;

        private readonly IMachine machine;
        private readonly IPeripheral owner;
        private readonly string name;
        private readonly Action ring;

        private const ulong Frequency = 1_000_000;
    }
}
