// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How fast frames of another process enter the network.
//
// Such a process sends as fast as its host can. A simulated guest that gets a megabyte of frames at one point of virtual time has no
// receive buffers for most of them, and what it loses the sender has to send again. So frames enter as over a wire of a given rate, in
// virtual time. What has to wait stays with the sender, which is held back: a socket takes no more when it is full.

using System;

using Antmicro.Renode.Core;

using VirtioNet.Wire;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Refuses packets that come too early. One thread at a time sends; any may set the rate.</summary>
    internal sealed class EntryRate : IPacketSink
    {
        /// <summary>Makes a way that leads to <paramref name="exit"/>, for a sender of the current emulation.</summary>
        public EntryRate(IPacketSink exit, ulong bitsPerSecond)
        {
            this.exit = exit;
            departures = Departures.Of(EmulationManager.Instance.CurrentEmulation);
            BitsPerSecond = bitsPerSecond;
        }

        /// <inheritdoc/>
        public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload)
        {
            var rate = BitsPerSecond;
            if(rate == 0)
            {
                return exit.TrySend(packet, offload);
            }
            var now = departures.Now.TotalNanoseconds;
            if(busyUntil > now + TimeOf(Burst, rate))
            {
                return false;
            }
            busyUntil = Math.Max(busyUntil, now) + TimeOf(packet.Length, rate);
            return exit.TrySend(packet, offload);
        }

        /// <summary>The rate, 0 for none. A higher one lets packets in at once that wait for the old one.</summary>
        public ulong BitsPerSecond
        {
            get => bitsPerSecond;
            set
            {
                bitsPerSecond = value;
                busyUntil = 0;
            }
        }

        private static ulong TimeOf(int bytes, ulong rate)
        {
            return (ulong)bytes * BitsPerByte * NanosecondsPerSecond / rate;
        }

        // Virtual nanoseconds until which the wire carries what has entered.
        private ulong busyUntil;
        private ulong bitsPerSecond;

        private readonly IPacketSink exit;
        private readonly Departures departures;

        // Bytes that enter at once after a silence: fewer frames than a card has receive buffers.
        private const int Burst = 32 << 10;
        private const ulong BitsPerByte = 8;
        private const ulong NanosecondsPerSecond = 1_000_000_000;
    }
}
