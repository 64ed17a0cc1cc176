// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The commands of a network that wait for a virtual time or for a packet.
//
// Both are exact. A command at a time is executed between two steps of the network: all that was sent up to its time has been handled,
// and nothing that was sent later. A command on a packet is executed in the middle of the network's run, just before this packet
// passes, so that it is the first one to meet what the command changes. The network's own order decides which packet is
// the n-th, and so the host's threads have no part in it.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

using VirtioNet.Wire;
using VirtioNet.Wire.Switching;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Keeps commands in the order in which they are executed. Plain data. The caller holds the network's lock.</summary>
    internal sealed class NetworkSchedule : IPacketWatch
    {
        public NetworkSchedule(PacketNetwork owner, VirtualNetwork network)
        {
            this.owner = owner;
            this.network = network;
        }

        /// <summary>Adds a command to be executed at this time; after those that were added for it before.</summary>
        public void Add(ulong time, string command)
        {
            var place = times.FindIndex(x => x.Time > time);
            times.Insert(place < 0 ? times.Count : place, new ScheduledCommand(++added, time, command));
        }

        /// <summary>Adds a command to be executed once, when this packet comes.</summary>
        public void Add(PacketEvent packet, string command)
        {
            Wait(packets.Append(new ScheduledCommand(++added, packet, command)));
        }

        /// <summary>Takes the next command whose time is this or before. False if there is none.</summary>
        public bool TryTake(ulong until, out ScheduledCommand command)
        {
            command = times.FirstOrDefault()!;
            if(command == null || command.Time > until)
            {
                return false;
            }
            times.RemoveAt(0);
            return true;
        }

        /// <summary>
        /// Up to when nothing is changed, as far as is known now. The next command at a time finds everything that has come by then handled,
        /// and nothing else. A command on a packet may be executed as soon as the network goes on.
        /// </summary>
        public ulong UnchangedUntil(ulong now)
        {
            return packets.Length > 0 ? now : times.Count > 0 ? times[0].Time : ulong.MaxValue;
        }

        /// <inheritdoc/>
        public void Comes(NetworkPort port, PortDirection direction, ulong time, Packet packet)
        {
            foreach(var command in packets)
            {
                if(command.Packet!.Comes(port, direction, packet))
                {
                    Wait(packets.Where(x => x != command));
                    owner.Execute(command);
                }
            }
        }

        /// <summary>Takes a command back. Throws RecoverableException if none has the number.</summary>
        public void Cancel(long number)
        {
            var found = All.FirstOrDefault(x => x.Number == number);
            NetworkCommands.Check(All.Any(), $"number is {number}, and nothing is on the schedule");
            NetworkCommands.Check(found != null, $"number is {number}; it must be one of {string.Join(", ", All.Select(x => x.Number))}, which Schedule shows");
            times.Remove(found!);
            Wait(packets.Where(x => x != found));
        }

        /// <summary>Takes all commands back.</summary>
        public void CancelAll()
        {
            times.Clear();
            Wait(Enumerable.Empty<ScheduledCommand>());
        }

        /// <summary>A row for each command, those at times first.</summary>
        public IReadOnlyList<string[]> Table()
        {
            var headings = new[] { "Number", "When", "Seen", "Command" };
            return All.Select(x => new[] { x.Number.ToString(CultureInfo.InvariantCulture), WhenOf(x), SeenOf(x), x.Text }).Prepend(headings).ToList();
        }

        private static string WhenOf(ScheduledCommand command)
        {
            return command.Packet == null ? $"at {(command.Time / NanosecondsPerSecond).ToString(CultureInfo.InvariantCulture)} s" : $"on {command.Packet}";
        }

        private static string SeenOf(ScheduledCommand command)
        {
            return command.Packet == null ? "-" : command.Packet.Seen.ToString(CultureInfo.InvariantCulture);
        }

        // A network that waits for no packet is not slowed down.
        private void Wait(IEnumerable<ScheduledCommand> commands)
        {
            packets = commands.ToArray();
            network.Watch = packets.Length > 0 ? this : null;
        }

        private IEnumerable<ScheduledCommand> All => times.Concat(packets);

        private long added;
        // In the order in which they were added. Replaced as a whole, so that it can be gone through meanwhile.
        private ScheduledCommand[] packets = Array.Empty<ScheduledCommand>();

        private readonly PacketNetwork owner;
        private readonly VirtualNetwork network;
        private readonly List<ScheduledCommand> times = new List<ScheduledCommand>();

        private const decimal NanosecondsPerSecond = 1_000_000_000;
    }
}
