// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What is to happen in a network at a time.

using VirtioNet.Wire.Links;

namespace VirtioNet.Wire.Switching
{
    internal enum NetworkEventKind : byte
    {
        /// <summary>The device has sent the packet.</summary>
        Sent,
        /// <summary>The packet comes out of the link from the device, at the switch.</summary>
        Arrived,
        /// <summary>The packet comes out of the link to the device, which may have taken it already if it schedules.</summary>
        Due,
    }

    /// <summary>
    /// One event. Events are ordered by time, then by the number of their port, then in the order in which they were made for this
    /// port: so the order does not depend on which port's packets were handed to the network first.
    /// </summary>
    internal readonly struct NetworkEvent
    {
        public NetworkEvent(ulong time, NetworkPort port, ulong sequence, NetworkEventKind kind, Packet packet, LinkEvents passed = LinkEvents.None, ulong entered = 0)
        {
            Time = time;
            Port = port;
            Sequence = sequence;
            Kind = kind;
            Packet = packet;
            Passed = passed;
            Entered = entered;
        }

        public bool IsBefore(in NetworkEvent other)
        {
            return Time != other.Time ? Time < other.Time
                : Port.Number != other.Port.Number ? Port.Number < other.Port.Number
                : Sequence < other.Sequence;
        }

        public ulong Time { get; }

        public NetworkPort Port { get; }

        public ulong Sequence { get; }

        public NetworkEventKind Kind { get; }

        public Packet Packet { get; }

        /// <summary>What the link has done to the packet.</summary>
        public LinkEvents Passed { get; }

        /// <summary>For what is due: when the link to the device was given it.</summary>
        public ulong Entered { get; }
    }
}
