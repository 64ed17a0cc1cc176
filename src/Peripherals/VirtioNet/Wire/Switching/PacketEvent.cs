// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// An event on which something is to be done: the n-th packet of a kind at a port.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace VirtioNet.Wire.Switching
{
    /// <summary>Counts packets from when it is made, and happens once. Plain data.</summary>
    public sealed class PacketEvent
    {
        /// <summary>
        /// Reads what follows a port's name: "in" (from the device) or "out" (to it), perhaps the number of the packet, 1 unless it is given, and
        /// perhaps its kind, such as "in 100", "out tcp port 80" or "in 3 arp". No port: at any. If the words are wrong,
        /// <paramref name="fault"/> says what is allowed.
        /// </summary>
        public static bool TryParse(string? port, IReadOnlyList<string> words, out PacketEvent made, out string fault)
        {
            made = new PacketEvent(port);
            var direction = words.Count > 0 ? words[0] : "";
            if(direction != "in" && direction != "out")
            {
                fault = $"direction is \"{direction}\"; it must be in (from the device) or out (to it)";
                return false;
            }
            made.direction = direction == "in" ? PortDirection.In : PortDirection.Out;
            var kinds = words.Skip(1);
            if(words.Count > 1 && char.IsAsciiDigit(words[1].FirstOrDefault()))
            {
                kinds = words.Skip(2);
                if(!ulong.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out made.number) || made.number == 0)
                {
                    fault = $"number is \"{words[1]}\"; it must be 1, for the next packet, or more";
                    return false;
                }
            }
            return PacketKind.TryParse(kinds, out made.kind!, out fault);
        }

        /// <summary>A packet comes. True if it is the one.</summary>
        public bool Comes(NetworkPort at, PortDirection way, Packet packet)
        {
            if(way != direction || (port != null && !string.Equals(port, at.Name, StringComparison.Ordinal)) || !kind.Fits(packet))
            {
                return false;
            }
            Seen++;
            return Seen == number;
        }

        /// <summary>Packets that have come so far.</summary>
        public ulong Seen { get; private set; }

        /// <summary>The words that make it.</summary>
        public override string ToString()
        {
            return $"{port ?? "any"} {(direction == PortDirection.In ? "in" : "out")} {number.ToString(CultureInfo.InvariantCulture)} {kind}".TrimEnd();
        }

        private PacketEvent(string? port)
        {
            this.port = port;
        }

        private PortDirection direction;
        private ulong number = 1;
        private PacketKind kind = null!;

        private readonly string? port;
    }
}
