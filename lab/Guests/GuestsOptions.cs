// renode-virtio-net, MIT licence: see LICENSE.
// Options of the guests: what the devices offer, what the guests are made of, what is captured.

using System.CommandLine;

namespace VirtioNet.Lab.Guests;

/// <summary>What the options ask for. <paramref name="Features"/> changes what the devices offer: "+RING_PACKED -EVENT_IDX".</summary>
public sealed record GuestsWiring(string Features, string? Kernel, string? Initrd, string? Capture);

/// <summary>The options of the command.</summary>
internal sealed class GuestsOptions
{
    public void AddTo(Command command)
    {
        foreach(var option in new Option[] { packed, noEventIdx, noMrgRxbuf, noIndirect, kernel, initrd, capture })
        {
            command.Add(option);
        }
    }

    public GuestsWiring Read(ParseResult parsed)
    {
        var features = new[]
        {
            parsed.GetValue(packed) ? "+RING_PACKED" : "",
            parsed.GetValue(noEventIdx) ? "-EVENT_IDX" : "",
            parsed.GetValue(noMrgRxbuf) ? "-MRG_RXBUF" : "",
            parsed.GetValue(noIndirect) ? "-INDIRECT_DESC" : "",
        };
        return new GuestsWiring(string.Join(' ', features), parsed.GetValue(kernel), parsed.GetValue(initrd), parsed.GetValue(capture));
    }

    private readonly Option<bool> packed = new("--packed") { Description = "The devices offer VIRTIO_F_RING_PACKED." };
    private readonly Option<bool> noEventIdx = new("--no-event-idx") { Description = "The devices do not offer VIRTIO_F_EVENT_IDX: flags steer notifications." };
    private readonly Option<bool> noMrgRxbuf = new("--no-mrg-rxbuf") { Description = "The devices do not offer VIRTIO_NET_F_MRG_RXBUF: one buffer a frame." };
    private readonly Option<bool> noIndirect = new("--no-indirect-desc") { Description = "The devices do not offer VIRTIO_F_INDIRECT_DESC." };
    private readonly Option<string?> kernel = new("--kernel") { HelpName = "FILE", Description = "An arm64 kernel Image, instead of the one that scripts/build-guest.sh makes." };
    private readonly Option<string?> initrd = new("--initrd") { HelpName = "FILE", Description = "An initramfs, instead of the one that scripts/build-guest.sh makes." };
    private readonly Option<string?> capture = new("--capture") { HelpName = "FILE", Description = "Writes the frames to a pcap file for Wireshark, at most 10,000." };
}
