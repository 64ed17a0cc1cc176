// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// tc-netem's "rate RATE [PACKETOVERHEAD [CELLSIZE [CELLOVERHEAD]]]": how long a packet is being sent.

namespace VirtioNet.Wire.Links
{
    /// <summary>Bits each second. Packets are sent one after the other, each when the one before has been sent.</summary>
    public readonly struct LinkRate
    {
        internal LinkRate(ulong bitsPerSecond, int overhead, int cellSize, int cellOverhead)
        {
            BitsPerSecond = bitsPerSecond;
            Overhead = overhead;
            CellSize = cellSize;
            CellOverhead = cellOverhead;
        }

        /// <summary>
        /// Nanoseconds that it takes to send a packet, rounded up: length plus overhead, in whole cells if there are cells, each
        /// with its own overhead. 8e9 * bytes / bits per second.
        /// </summary>
        internal ulong TimeOf(int length)
        {
            var bytes = (long)length + Overhead;
            if(CellSize > 0)
            {
                bytes = (bytes + CellSize - 1) / CellSize * (CellSize + CellOverhead);
            }
            return bytes <= 0 ? 0 : TimeOf((ulong)bytes, BitsPerSecond);
        }

        /// <summary>Nanoseconds of so many bytes, rounded up.</summary>
        internal static ulong TimeOf(ulong bytes, ulong bitsPerSecond)
        {
            return (bytes * BitNanosecondsOfByte + bitsPerSecond - 1) / bitsPerSecond;
        }

        /// <summary>Words as tc's, the overheads with their names; empty if there is no rate.</summary>
        public override string ToString()
        {
            return IsNone ? "" : $"rate {LinkUnits.Rate(BitsPerSecond)}" + Named("overhead", Overhead) + Named("cellsize", CellSize) + Named("celloverhead", CellOverhead);
        }

        /// <summary>0 if packets take no time to send.</summary>
        public ulong BitsPerSecond { get; }

        /// <summary>Bytes that each packet has besides those of its frame; negative if it has fewer. 24 for preamble, check sequence and gap of Ethernet.</summary>
        public int Overhead { get; }

        /// <summary>Bytes of payload of a cell, as with ATM; 0 if there are no cells.</summary>
        public int CellSize { get; }

        /// <summary>Bytes of a cell besides.</summary>
        public int CellOverhead { get; }

        /// <summary>True if packets take no time to send.</summary>
        public bool IsNone => BitsPerSecond == 0;

        private static string Named(string name, int value)
        {
            return value == 0 ? "" : $" {name} {value}";
        }

        private const ulong BitNanosecondsOfByte = 8_000_000_000;
    }
}
