// renode-virtio-net, MIT licence: see LICENSE.
// What Wireshark shows of a capture.

using NUnit.Framework;
using VirtioNet.Tests.Net;
using VirtioNet.Tests.Wire.Switching;
using VirtioNet.Wire;
using static VirtioNet.Tests.Wire.Switching.NetworkRig;

namespace VirtioNet.Tests.Wire.Captures;

public sealed class TsharkTests
{
    [SetUp]
    public void Connect()
    {
        rig = new CaptureRig();
    }

    [TearDown]
    public void Remove()
    {
        rig.Remove();
    }

    [Test]
    public void Tshark_ReadsInterfacesTimesDirectionsAndComments()
    {
        rig.Start();
        rig.Network.Ports[0].In.Settings = Words("delay 1500ms duplicate 100%");
        rig.Network.Ports[1].Out.Settings = Words("loss packets 2");
        rig.Network.Send(0, 1, time: 7);
        rig.Run(3 * Second);

        Assert.That(Tshark.Fields(rig.Path, "frame.interface_name", "frame.interface_description", "frame.time_epoch", "frame.packet_flags_direction", "frame.comment"), Is.EqualTo(new[]
        {
            "net0|port 0 of network lan|0.000000007|0x00000001|delayed: 1.500000000 s",
            "net0|port 0 of network lan|0.000000007|0x00000001|duplicated: this is the copy;delayed: 1.500000000 s",
            "net1|port 1 of network lan|1.500000007|0x00000002|",
            "net1|port 1 of network lan|1.500000007|0x00000002|dropped: Loss, the link has lost it",
        }));
    }

    [Test]
    public void Tshark_ReadsALargePacketWholeAndAsFrames([Values] bool frames)
    {
        rig.Start(frames ? "frames direction in" : "direction in");
        var bytes = new OffloadPackets(false, true).Make(60_000);
        rig.Network.Ports[0].TrySend(bytes, OffloadPackets.Offload(bytes, Segmentation.Tso4, 1448), 0);
        rig.Run(Second);

        var lines = Tshark.Fields(rig.Path, "frame.len", "frame.packet_flags", "frame.comment");
        Assert.That(lines.Length, Is.EqualTo(frames ? 42 : 1));
        Assert.That(lines[0], Is.EqualTo(frames
            ? $"1502|0x00000405|frame 1 of 42 of a packet of {bytes.Length} bytes"
            : $"{bytes.Length}|0x00000a05|checksum left: of the bytes from 34 on, to byte 50;segmentation left: TSO, TCP over IPv4, 1448 bytes each, 42 frames"));
    }

    [Test]
    public void Tshark_ReadsAFileWithTwoSections()
    {
        rig.Start("direction in");
        rig.Network.Send(0, 1, time: 1);
        rig.Run(1);
        // Somebody appends what they have captured: here the same once more.
        var bytes = File.ReadAllBytes(rig.Path);
        File.WriteAllBytes(rig.Path, bytes.Concat(bytes).ToArray());
        rig.Network.Send(1, 0, time: 2);
        rig.Run(2);

        Assert.That(Tshark.Fields(rig.Path, "frame.interface_name", "frame.time_epoch"), Is.EqualTo(new[] { "net0|0.000000001", "net0|0.000000001", "net1|0.000000002" }));
    }

    private CaptureRig rig = null!;
}
