// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What is said of a packet in a capture: what is left to do on it, and what its link or the switch has decided.

using VirtioNet.Wire.Links;

namespace VirtioNet.Wire.Captures
{
    /// <summary>Adds comments to a packet, one for each matter. They begin with the same words always, so that one can look for them.</summary>
    internal static class PacketComments
    {
        /// <summary>What became of it. Nothing is said of a packet that passes at once and unchanged.</summary>
        public static void AddOutcome(PcapngWriter writer, in LinkOutcome outcome)
        {
            if(outcome.Drop != DropReason.None)
            {
                writer.BeginComment().Text("dropped: ").Text(Name(outcome.Drop)).EndComment();
            }
            if((outcome.Events & LinkEvents.Duplicated) != 0)
            {
                writer.BeginComment().Text("duplicated: this is the copy").EndComment();
            }
            if((outcome.Events & LinkEvents.Corrupted) != 0)
            {
                writer.BeginComment().Text("corrupted: one bit is turned over").EndComment();
            }
            if((outcome.Events & LinkEvents.Reordered) != 0)
            {
                writer.BeginComment().Text("reordered: it passes those that wait").EndComment();
            }
            if(outcome.Drop == DropReason.None && outcome.Time > outcome.Entered)
            {
                writer.BeginComment().Text("delayed: ").Seconds(outcome.Time - outcome.Entered).EndComment();
            }
        }

        /// <summary>The work that it has left.</summary>
        public static void AddOffload(PcapngWriter writer, Packet packet)
        {
            var offload = packet.Offload;
            if(offload.NeedsChecksum)
            {
                writer.BeginComment().Text("checksum left: of the bytes from ").Number(offload.ChecksumStart)
                    .Text(" on, to byte ").Number((ulong)(offload.ChecksumStart + offload.ChecksumOffset)).EndComment();
            }
            if(offload.Segmentation != Segmentation.None)
            {
                writer.BeginComment().Text("segmentation left: ").Text(NameOf(offload.Segmentation)).Text(offload.IsInTunnel ? " in a UDP tunnel, " : ", ").Number(offload.SegmentSize)
                    .Text(" bytes each, ").Number((ulong)offload.CountFrames(packet.Length)).Text(" frames").EndComment();
            }
        }

        /// <summary>Which frame of which packet it is.</summary>
        public static void AddFrame(PcapngWriter writer, Packet packet, int index)
        {
            writer.BeginComment().Text("frame ").Number((ulong)index + 1).Text(" of ").Number((ulong)packet.Offload.CountFrames(packet.Length))
                .Text(" of a packet of ").Number((ulong)packet.Length).Text(" bytes").EndComment();
        }

        // Making a string of an enumeration each time would allocate.
        private static string Name(DropReason reason)
        {
            switch(reason)
            {
            case DropReason.Down: return "Down, the link is down";
            case DropReason.TooLong: return "TooLong, longer than the link's mtu";
            case DropReason.Loss: return "Loss, the link has lost it";
            case DropReason.QueueFull: return "QueueFull, as much waits as may wait";
            case DropReason.OverBurst: return "OverBurst, longer than the link's bucket";
            case DropReason.Vlan: return "Vlan, the port does not belong to its VLAN";
            case DropReason.Storm: return "Storm, over the port's storm limit";
            case DropReason.Partition: return "Partition, the ports are in different parts";
            case DropReason.NoPort: return "NoPort, there is no port for it";
            case DropReason.Malformed: return "Malformed, the network cannot forward it";
            case DropReason.Refused: return "Refused by the device";
            default: return reason.ToString();
            }
        }

        private static string NameOf(Segmentation type)
        {
            switch(type & ~(Segmentation.Ecn | Segmentation.UdpTunnel | Segmentation.UdpTunnelChecksum))
            {
            case Segmentation.Tso4: return "TSO, TCP over IPv4";
            case Segmentation.Tso6: return "TSO, TCP over IPv6";
            case Segmentation.Uso4: return "USO, UDP over IPv4";
            case Segmentation.Uso6: return "USO, UDP over IPv6";
            case Segmentation.Ufo4: return "UFO, fragments of UDP over IPv4";
            case Segmentation.Ufo6: return "UFO, fragments of UDP over IPv6";
            default: return type.ToString();
            }
        }
    }
}
