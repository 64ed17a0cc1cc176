// renode-virtio-net, MIT licence: see LICENSE.
// What observers are shown, and links that look at single frames.

using NUnit.Framework;
using VirtioNet.Tests.Net;
using VirtioNet.Wire;
using VirtioNet.Wire.Links;
using VirtioNet.Wire.Switching;
using static VirtioNet.Tests.Wire.Switching.NetworkRig;

namespace VirtioNet.Tests.Wire.Switching;

public sealed class ObserverTests
{
    [SetUp]
    public void Connect()
    {
        rig = new NetworkRig(2);
        rig.Learn();
        log = new Log();
        rig.Network.Observers.Add(log);
    }

    [Test]
    public void Passed_APacketOnItsWay_IsShownWhenItIsSentAndWhenItIsDelivered()
    {
        rig.Ports[0].In.Settings = Words("delay 2ms");
        rig.Ports[1].Out.Settings = Words("delay 3ms");
        rig.Send(0, 1, time: 7);
        rig.Devices[1].Receiving = x => Assert.That(log.Lines, Has.Count.EqualTo(2), "before it is delivered");

        rig.Network.Run(Second);

        Assert.That(log.Lines, Is.EqualTo(new[] { $"net0 In 7 None None at {2 * Ms + 7}", $"net1 Out {5 * Ms + 7} None None at {5 * Ms + 7}" }));
    }

    [Test]
    public void Passed_EachOutcomeOfALink_IsShown()
    {
        rig.Ports[0].In.Settings = Words("delay 2ms duplicate 100%");
        rig.Ports[1].Out.Settings = Words("down");
        rig.Send(0, 1, time: 0);

        rig.Network.Run(Second);

        Assert.That(log.Lines, Is.EqualTo(new[]
        {
            $"net0 In 0 None None at {2 * Ms}", $"net0 In 0 Duplicated None at {2 * Ms}",
            $"net1 Out {2 * Ms} None Down at {2 * Ms}", $"net1 Out {2 * Ms} None Down at {2 * Ms}",
        }));
    }

    [Test]
    public void Passed_WhatTheSwitchDrops_IsShownWithItsReason()
    {
        rig.Send(0, 0, time: 5);
        rig.Send(0, new byte[5], 6);

        rig.Network.Run(Second);

        Assert.That(log.Lines, Is.EqualTo(new[] { "net0 In 5 None None at 5", "net0 In 5 None NoPort at 5", "net0 In 6 None None at 6", "net0 In 6 None Malformed at 6" }));
    }

    [Test]
    public void Link_ThatLooksAtFrames_GetsFinishedOnes([Values] bool inwards)
    {
        var device = new Device { Offloads = new PortOffloads { Checksum = true, Segmentation = Segmentation.Tso4, LargestPacket = 65535 } };
        rig.Add(device);
        (inwards ? rig.Ports[0].In : rig.Ports[2].Out).Settings = Words("mtu 1500");
        var packets = new OffloadPackets(false, true);
        var bytes = packets.Make(4000);

        rig.Ports[0].TrySend(bytes, OffloadPackets.Offload(bytes, Segmentation.Tso4, 1448), 0);
        rig.Ports[0].TrySend(bytes, OffloadPackets.Offload(bytes, Segmentation.Tso4, 1500), 0);
        rig.Network.Run(Second);

        // Each packet becomes three frames, and of the second two are longer than the path allows.
        Assert.That(device.Received.Select(x => x.Packet.IsFinished), Is.EqualTo(new[] { true, true, true, true }));
        Assert.That(device.Received.Select(x => packets.Fault(x.Packet.Bytes.ToArray())), Is.All.Null);
        Assert.That((inwards ? rig.Ports[0].Sent : rig.Ports[2].Received).DroppedBy(DropReason.TooLong), Is.EqualTo(2));
        Assert.That((rig.Ports[0].Sent.Packets, rig.Ports[0].Sent.Frames), Is.EqualTo((2UL, 6UL)));
    }

    private NetworkRig rig = null!;
    private Log log = null!;

    private sealed class Log : INetworkObserver
    {
        public void Passed(NetworkPort port, PortDirection direction, ulong time, Packet packet, in LinkOutcome outcome)
        {
            Lines.Add($"{port.Name} {direction} {time} {outcome.Events} {outcome.Drop} at {outcome.Time}");
        }

        public void AddressAtTwoPorts(MacAddress address, NetworkPort before, NetworkPort now, ulong time)
        {
            Assert.Fail();
        }

        public List<string> Lines { get; } = new();
    }
}
