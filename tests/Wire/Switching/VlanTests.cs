// renode-virtio-net, MIT licence: see LICENSE.
// Ports that carry some VLANs. IEEE 802.1Q: 6.9, 8.6, 9.6.

using System.Buffers.Binary;
using System.Globalization;
using NUnit.Framework;
using VirtioNet.Tests.Net;
using VirtioNet.Wire;
using VirtioNet.Wire.Links;
using VirtioNet.Wire.Switching;
using static VirtioNet.Tests.Wire.Switching.NetworkRig;

namespace VirtioNet.Tests.Wire.Switching;

public sealed class VlanTests
{
    [TestCase("none", "none")]
    [TestCase("  access   10 ", "access 10")]
    [TestCase("access 4094", "access 4094")]
    [TestCase("trunk 10", "trunk 10")]
    [TestCase("trunk 30,10,11,12,63-65,4094", "trunk 10-12,30,63-65,4094")]
    [TestCase("trunk all", "trunk all")]
    [TestCase("trunk 1-4094 native 7", "trunk all native 7")]
    [TestCase("trunk 10,20 native 5", "trunk 10,20 native 5")]
    public void Words_OfAPort_AreReadAndTold(string words, string told)
    {
        Assert.That(PortVlan.TryParse(words, out var vlan, out var fault), Is.True, fault);
        Assert.That(vlan.ToString(), Is.EqualTo(told));
        Assert.That(PortVlan.TryParse(told, out var again, out _) && again.ToString() == told, Is.True);
    }

    [TestCase("access", "access")]
    [TestCase("access 0", "'0' is no VLAN: numbers from 1 to 4094")]
    [TestCase("access 4095", "'4095'")]
    [TestCase("access ten", "'ten'")]
    [TestCase("access -1", "'-1'")]
    [TestCase("trunk", "trunk")]
    [TestCase("trunk 10,,20", "'' is no VLAN")]
    [TestCase("trunk 20-10", "'20-10' is no range")]
    [TestCase("trunk 1-2-3", "'1-2-3' is no range")]
    [TestCase("trunk 10 native 9999", "'9999'")]
    [TestCase("trunk 10 nativ 5", "'trunk 10 nativ 5'")]
    [TestCase("", "''")]
    public void Words_ThatAreWrong_AreNamed(string words, string named)
    {
        Assert.That(PortVlan.TryParse(words, out var vlan, out var fault), Is.False);
        Assert.That(fault, Does.Contain(named));
        Assert.That(vlan.ToString(), Is.EqualTo("none"));
    }

    // Who gets a broadcast from net0, and with which tag: "-" nobody, "0" without tag.
    [TestCase("none", "", "0 - - -", TestName = "Frame_FromAPortWithoutVlans_StaysAmongThose")]
    [TestCase("none", "10", "10 - - -", TestName = "Frame_TaggedFromAPortWithoutVlans_StaysAmongThoseAsItIs")]
    [TestCase("access 10", "", "- 0 10 -", TestName = "Frame_FromAnAccessPort_LeavesTrunksTagged")]
    [TestCase("access 10", "10", "- 0 10 -", TestName = "Frame_WithTheTagOfItsAccessPort_Passes")]
    [TestCase("access 10", "0", "- 0 10 -", TestName = "Frame_WithAPriorityOnly_BelongsToTheAccessPortsVlan")]
    [TestCase("access 20", "", "- - 20 0", TestName = "Frame_OfANativeVlan_LeavesUntagged")]
    [TestCase("trunk 10-20", "10", "- 0 10 -", TestName = "Frame_TaggedOnATrunk_LeavesAccessPortsUntagged")]
    [TestCase("trunk 10-20", "15", "- - 15 -", TestName = "Frame_OfATrunksVlan_LeavesThoseThatCarryIt")]
    [TestCase("trunk 10 native 20", "", "- - 20 0", TestName = "Frame_UntaggedOnATrunk_BelongsToItsNativeVlan")]
    [TestCase("trunk 10 native 20", "20", "- - 20 0", TestName = "Frame_TaggedWithTheNativeVlan_Passes")]
    public void Frame_ThatIsCarried(string words, string tag, string expected)
    {
        var rig = Make(words);

        rig.Send(0, Tagged(tag, 3));
        rig.Network.Run(0);

        Assert.That(string.Join(' ', rig.Devices.Skip(1).Select(TagOf)), Is.EqualTo(expected));
        Assert.That(rig.Ports[0].Sent.Dropped, Is.Zero);
        var kept = rig.Devices.Skip(1).SelectMany(x => x.Received).Select(x => Priority(x.Packet.Bytes)).Where(x => x != null);
        Assert.That(kept, Is.All.EqualTo(tag.Length > 0 ? 3 : 0), "the priority stays");
    }

    [TestCase("access 10", "20")]
    [TestCase("access 10", "4095")]
    [TestCase("trunk 10-20", "")]
    [TestCase("trunk 10-20", "0")]
    [TestCase("trunk 10-20", "21")]
    [TestCase("trunk all", "4095")]
    public void Frame_OfAnotherVlan_IsDroppedWithItsReason(string words, string tag)
    {
        var rig = Make(words);

        rig.Send(0, Tagged(tag));
        rig.Network.Run(0);

        Assert.That(rig.Counts, Is.EqualTo("0 0 0 0 0"));
        Assert.That(rig.Ports[0].Sent.DroppedBy(DropReason.Vlan), Is.EqualTo(1));
    }

    [Test]
    public void Tag_PutInOrTakenOff_LeavesTheSharedPacketAsItWas()
    {
        var rig = Make("access 10");
        var frame = Tagged("");

        rig.Send(0, frame);
        rig.Network.Run(0);

        Assert.That(rig.Devices[2].Last, Is.EqualTo(frame));
        var expected = frame[..12].Concat(new byte[] { 0x81, 0, 0, 10 }).Concat(frame[12..]);
        Assert.That(rig.Devices[3].Last, Is.EqualTo(expected));
    }

    [Test]
    public void Tag_TakenOffTheShortestFrame_IsFilledUpWithZeros()
    {
        var rig = Make("trunk 10");
        var frame = Tagged("10");
        frame.AsSpan(18).Fill(0xFF);
        Assert.That(frame, Has.Length.EqualTo(64));

        rig.Send(0, frame[..60]);
        rig.Network.Run(0);

        Assert.That(rig.Devices[2].Last, Is.EqualTo(frame[..12].Concat(frame[16..60]).Concat(new byte[4])));
    }

    // A frame with eight tags gets a ninth; a packet to be cut has its frames tagged.
    [Test]
    public void Tag_OfAPacketToBeCut_IsInEachFrame([Values(0, 1, 8)] int tags, [Values] bool whole)
    {
        var rig = new NetworkRig(1);
        rig.Add(new Device { Offloads = new PortOffloads { Checksum = true, Segmentation = whole ? Segmentation.Tso4 : Segmentation.None, LargestPacket = 65535 } });
        rig.Ports[0].Vlan = Parse("access 10");
        rig.Ports[1].Vlan = Parse("trunk 10");
        var packets = new OffloadPackets(false, true, tags);
        var bytes = packets.Make(4000);
        // Other tags than a VLAN's: the outermost is a service tag.
        if(tags > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(12), Ethernet.ServiceTag);
        }
        var offload = OffloadPackets.Offload(bytes, Segmentation.Tso4, 1448);

        rig.Ports[0].TrySend(bytes, offload, 0);
        rig.Network.Run(0);

        Assert.That(rig.Devices[1].Received, Has.Count.EqualTo(whole ? 1 : 3));
        foreach(var (_, packet) in rig.Devices[1].Received)
        {
            Assert.That(packet.Bytes[12..16].ToArray(), Is.EqualTo(new byte[] { 0x81, 0, 0, 10 }));
            // Made into frames in the end, each is right without the tag.
            var frames = new List<byte[]>();
            if(tags < 8 || packet.IsFinished)
            {
                foreach(var frame in new SoftwareOffload().Finish(packet.Bytes, packet.Offload))
                {
                    frames.Add(frame.ToArray());
                }
                Assert.That(frames.Select(x => packets.Fault(x[..12].Concat(x[16..]).ToArray())), Is.All.Null);
                Assert.That(frames, Has.Count.EqualTo(whole ? 3 : 1));
            }
        }
    }

    // The tag counts, too, for the longest packet that a device takes whole.
    [TestCase("trunk 10", 4, 1)]
    [TestCase("trunk 10", 3, 3)]
    [TestCase("access 10", 0, 1)]
    [TestCase("access 10", -1, 3)]
    public void PacketToBeCut_AsLongAsItsReceiverTakes_StaysWhole(string vlan, int room, int expected)
    {
        var packets = new OffloadPackets(false, true);
        var bytes = packets.Make(4000);
        var rig = new NetworkRig(1);
        rig.Add(new Device { Offloads = new PortOffloads { Checksum = true, Segmentation = Segmentation.Tso4, LargestPacket = bytes.Length + room } });
        rig.Ports[0].Vlan = Parse("access 10");
        rig.Ports[1].Vlan = Parse(vlan);
        rig.Ports[0].TrySend(bytes, OffloadPackets.Offload(bytes, Segmentation.Tso4, 1448), 0);
        rig.Network.Run(0);
        Assert.That(rig.Devices[1].Received, Has.Count.EqualTo(expected));
    }

    [Test]
    public void Tag_TakenOffUnfinishedPackets_MovesTheirWork([Values] bool whole, [Values] bool cut, [Values(1, 4000)] int payload)
    {
        var rig = new NetworkRig(1);
        rig.Add(new Device { Offloads = whole ? new PortOffloads { Checksum = true, Segmentation = Segmentation.Tso4, LargestPacket = 65535 } : default });
        rig.Ports[0].Vlan = Parse("trunk 10");
        rig.Ports[1].Vlan = Parse("access 10");
        var (packets, untagged) = (new OffloadPackets(false, true, 1), new OffloadPackets(false, true));
        var bytes = packets.Make(payload);
        bytes[15] = 10;

        rig.Ports[0].TrySend(bytes, cut ? OffloadPackets.Offload(bytes, Segmentation.Tso4, 1448) : PacketOffload.Checksum((ushort)packets.Transport, 16), 0);
        rig.Network.Run(0);

        Assert.That(rig.Devices[1].Received, Has.Count.EqualTo(cut && !whole && payload > 1448 ? 3 : 1));
        foreach(var (_, packet) in rig.Devices[1].Received)
        {
            if(cut && whole)
            {
                Assert.That(packet.Length, Is.EqualTo(bytes.Length - 4), "zeros at its end would be sent as data");
            }
            Assert.That(packet.IsFinished, Is.EqualTo(!whole));
            foreach(var frame in new SoftwareOffload().Finish(packet.Bytes, packet.Offload))
            {
                Assert.That(untagged.Fault(frame.ToArray()), Is.Null);
            }
        }
    }

    [Test]
    public void Address_KnownInOneVlan_IsUnknownInAnother()
    {
        var rig = new NetworkRig(3);
        rig.Ports[0].Vlan = Parse("trunk 10,20");
        rig.Ports[1].Vlan = Parse("trunk 10,20");
        rig.Ports[2].Vlan = Parse("trunk 10,20");
        rig.Send(1, Tagged("10", from: 1));
        rig.Network.Run(0);
        rig.Clear();

        rig.Send(0, Tagged("10", to: 1));
        rig.Send(0, Tagged("20", to: 1));
        rig.Network.Run(0);

        Assert.That(rig.Counts, Is.EqualTo("0 2 1"));
    }

    [Test]
    public void Vlan_OfAPortChanged_ForgetsWhatWasLearnedThere()
    {
        var rig = new NetworkRig(2);
        rig.Learn();
        rig.Ports[1].Vlan = Parse("access 10");

        rig.Send(0, 1, time: 0);
        rig.Network.Run(0);

        Assert.That(rig.Counts, Is.EqualTo("0 0"));
        Assert.That(rig.Network.Addresses.Select(x => x.Port), Is.EqualTo(new[] { rig.Ports[0] }));
        Assert.That((rig.Ports[0].AddressCount, rig.Ports[1].AddressCount), Is.EqualTo((1, 0)));
    }

    private static NetworkRig Make(string words)
    {
        var rig = new NetworkRig(5);
        var all = new[] { words, "none", "access 10", "trunk 10-20", "trunk 11 native 20" };
        for(var i = 0; i < all.Length; i++)
        {
            rig.Ports[i].Vlan = Parse(all[i]);
        }
        return rig;
    }

    private static PortVlan Parse(string words)
    {
        Assert.That(PortVlan.TryParse(words, out var vlan, out var fault), Is.True, fault);
        return vlan;
    }

    private static byte[] Tagged(string tag, int priority = 0, int from = 0, int to = Everybody)
    {
        var frame = Frame(from, to, 0x5A);
        if(tag.Length == 0)
        {
            return frame;
        }
        var vlan = int.Parse(tag, CultureInfo.InvariantCulture);
        return frame[..12].Concat(new byte[] { 0x81, 0, (byte)((priority << 5) | (vlan >> 8)), (byte)(vlan & 0xFF) }).Concat(frame[12..]).ToArray();
    }

    private static string TagOf(Device device)
    {
        if(device.Received.Count == 0)
        {
            return "-";
        }
        var frame = device.Received.Single().Packet.Bytes;
        return Ethernet.FirstType(frame) == Ethernet.CustomerTag ? $"{BinaryPrimitives.ReadUInt16BigEndian(frame[14..]) & 0xFFF}" : "0";
    }

    private static int? Priority(ReadOnlySpan<byte> frame)
    {
        return Ethernet.FirstType(frame) == Ethernet.CustomerTag ? frame[14] >> 5 : null;
    }
}
