// renode-virtio-net, MIT licence: see LICENSE.
// Options that ping and throughput share: what is negotiated, how large the queues are, where frames are captured.

using System.CommandLine;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Lab;

/// <summary>What the options ask for: features that the drivers want, descriptors of a queue, and the capture's path or null.</summary>
public sealed record Wiring(FeatureSet Wanted, int QueueSize, string? Capture);

/// <summary>The options of one command.</summary>
internal sealed class WiringOptions
{
    public void AddTo(Command command)
    {
        foreach(var option in new Option[] { noEventIdx, noMrgRxbuf, noIndirect, queueSize, capture })
        {
            command.Add(option);
        }
    }

    public Wiring Read(ParseResult parsed)
    {
        var wanted = NetDriver.AllFeatures;
        wanted = parsed.GetValue(noEventIdx) ? wanted.Without(Feature.EventIdx) : wanted;
        wanted = parsed.GetValue(noMrgRxbuf) ? wanted.Without(Feature.MrgRxbuf) : wanted;
        wanted = parsed.GetValue(noIndirect) ? wanted.Without(Feature.IndirectDesc) : wanted;
        return new Wiring(wanted, parsed.GetValue(queueSize), parsed.GetValue(capture));
    }

    private readonly Option<bool> noEventIdx = new("--no-event-idx") { Description = "The drivers do not accept VIRTIO_F_EVENT_IDX: flags steer notifications." };
    private readonly Option<bool> noMrgRxbuf = new("--no-mrg-rxbuf") { Description = "The drivers do not accept VIRTIO_NET_F_MRG_RXBUF: one buffer a frame." };
    private readonly Option<bool> noIndirect = new("--no-indirect-desc") { Description = "The drivers do not accept VIRTIO_F_INDIRECT_DESC." };
    // Two descriptors, header and frame, is the least that the driver model needs to send.
    private readonly Option<int> queueSize = LabProgram.Number("--queue-size", 2, 256, 256, "Descriptors of each queue.", powerOfTwo: true);
    private readonly Option<string?> capture = new("--capture") { HelpName = "FILE", Description = "Writes the frames to a pcap file for Wireshark." };
}
