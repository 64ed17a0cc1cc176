// renode-virtio-net, MIT licence: see LICENSE.
// Large packets that UDP carries, as VXLAN and Geneve do, and the frames that software makes of them.
// virtio v1.4-cs01: 5.1.9.2, and 5.1.9.2.2 for what a device refuses.

using System.Buffers.Binary;
using NUnit.Framework;
using VirtioNet.Tests.Net;
using VirtioNet.Tests.Wire.Switching;
using VirtioNet.Wire;
using VirtioNet.Wire.Switching;
using static VirtioNet.Tests.Net.TunnelPackets;

namespace VirtioNet.Tests.Wire;

public sealed class TunnelOffloadTests
{
    // What is carried is cut as if it were alone, and whoever carries it gets right lengths, numbers and checksums.
    [Test]
    public void Finish_PacketInATunnel_MakesTheFramesOfTheInnerPacketWithTheOuterHeadersInFront(
        [Values] bool outerIpv6, [Values] bool innerIpv6, [Values] bool tcp, [Values] bool hasChecksum, [Values(0, 1)] int tags)
    {
        var (outer, inner) = (new OffloadPackets(outerIpv6, false, tags), new OffloadPackets(innerIpv6, tcp));
        var alone = inner.Make(5000);
        var packet = Wrap(outer, alone, hasChecksum);
        var offload = Offload(outer, inner, hasChecksum, 1200);
        Assert.That(SoftwareOffload.Check(packet, ref offload), Is.EqualTo(OffloadFault.None));
        Assert.That((offload.HeaderLength, offload.ChecksumStart), Is.EqualTo((InnerAt(outer) + inner.Payload, InnerAt(outer) + inner.Transport)));

        var frames = Finish(packet, offload);

        var expected = Finish(alone, OffloadPackets.Offload(alone, Any, 1200)).Select(inner.Trimmed);
        Assert.That(frames.Select(x => x[InnerAt(outer)..]), Is.EqualTo(expected));
        Assert.That(frames.Select(x => x[..14]), Is.All.EqualTo(packet[..14]));
        Assert.That((offload.CountFrames(packet.Length), offload.CountBytes(packet.Length)), Is.EqualTo((frames.Count, frames.Sum(x => x.Length))));
        Assert.That(offload.LongestFrame(packet.Length), Is.EqualTo(frames.Max(x => x.Length)));
        foreach(var (frame, i) in frames.Select((x, i) => (x, i)))
        {
            if(!outerIpv6)
            {
                Assert.That(outer.Id(frame), Is.EqualTo((ushort)((0xFFFE + i) & 0xFFFF)));
            }
            Assert.That(outer.Trimmed(frame), Has.Length.EqualTo(frame.Length));
            var checksum = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(outer.Transport + 6));
            Assert.That(checksum == 0, Is.EqualTo(!hasChecksum), "a tunnel that sets no checksum keeps none");
            Assert.That(outer.Fault(frame), hasChecksum ? Is.Null : Is.EqualTo("transport checksum"), "all but that checksum is right");
        }
    }

    [Test]
    public void Finish_PacketInATunnelOfAVlan_IsTheSameOnceItsTagIsGone()
    {
        var (plain, tagged, inner) = (new OffloadPackets(false, false), new OffloadPackets(false, false, 1), new OffloadPackets(false, true));
        var alone = inner.Make(5000);
        var rig = new NetworkRig(1);
        rig.Add(new Device { Offloads = new PortOffloads { Checksum = true, Segmentation = Any | Segmentation.UdpTunnel | Segmentation.UdpTunnelChecksum, LargestPacket = 65535 } });
        rig.Ports[0].Vlan = Vlan("trunk 10");
        rig.Ports[1].Vlan = Vlan("access 10");
        var asked = Offload(tagged, inner, true, 1200);
        var wrapped = Wrap(tagged, alone, true);
        wrapped[15] = 10;
        Assert.That(SoftwareOffload.Check(wrapped, ref asked), Is.EqualTo(OffloadFault.None));

        rig.Ports[0].TrySend(wrapped, asked, 0);
        rig.Network.Run(0);

        var packet = rig.Devices[1].Received.Single().Packet;
        var expected = Offload(plain, inner, true, 1200);
        var untagged = Wrap(plain, alone, true);
        Assert.That(SoftwareOffload.Check(untagged, ref expected), Is.EqualTo(OffloadFault.None));
        Assert.That(packet.Bytes.ToArray(), Is.EqualTo(untagged));
        Assert.That(packet.Offload, Is.EqualTo(expected));
        Assert.That(Finish(packet.Bytes.ToArray(), packet.Offload), Is.EqualTo(Finish(untagged, expected)));
    }

    [Test]
    public void Check_OffsetsThatAreNotThoseOfTheHeaders_AreRefused()
    {
        var (outer, inner) = (new OffloadPackets(false, false), new OffloadPackets(false, true));
        var packet = Wrap(outer, inner.Make(5000), true);
        Assert.That(Check(0, 0), Is.EqualTo(OffloadFault.None));
        Assert.That(Check(1, 0), Is.EqualTo(OffloadFault.OtherHeaders));
        Assert.That(Check(-1, 0), Is.EqualTo(OffloadFault.OtherHeaders));
        Assert.That(Check(0, 1), Is.EqualTo(OffloadFault.OtherHeaders));
        Assert.That(Check(0, packet.Length), Is.EqualTo(OffloadFault.OtherHeaders));
        // The outer IP header looks like one that is carried, and is not.
        Assert.That(Check(0, 14 - InnerNetwork()), Is.EqualTo(OffloadFault.OtherHeaders));

        OffloadFault Check(int outerDistance, int innerDistance)
        {
            var offload = new PacketOffload
            {
                NeedsChecksum = true, Segmentation = Any | Segmentation.UdpTunnel, SegmentSize = 1000,
                OuterTransport = (ushort)(outer.Transport + outerDistance), InnerNetwork = (ushort)(InnerNetwork() + innerDistance),
            };
            return SoftwareOffload.Check(packet, ref offload);
        }

        int InnerNetwork() => InnerAt(outer) + 14;
    }

    [Test]
    public void Check_ATunnelThatIsNotOfUdp_IsRefused()
    {
        var (outer, inner) = (new OffloadPackets(false, true), new OffloadPackets(false, true));
        var packet = Wrap(outer, inner.Make(5000), true);
        var offload = Offload(outer, inner, true, 1000);
        Assert.That(SoftwareOffload.Check(packet, ref offload), Is.EqualTo(OffloadFault.OtherHeaders));
    }

    [Test]
    public void Check_FragmentsInATunnel_AreRefused()
    {
        var (outer, inner) = (new OffloadPackets(false, false), new OffloadPackets(false, false));
        var packet = Wrap(outer, inner.Make(5000), true);
        var offload = new PacketOffload
        {
            NeedsChecksum = true, Segmentation = Segmentation.Ufo4 | Segmentation.Ufo6 | Segmentation.UdpTunnel, SegmentSize = 1000,
            OuterTransport = (ushort)outer.Transport, InnerNetwork = (ushort)(InnerAt(outer) + 14),
        };
        Assert.That(SoftwareOffload.Check(packet, ref offload), Is.EqualTo(OffloadFault.OtherHeaders));
    }

    // One segment, with which the outer packet is as long as IPv4 allows, or a byte longer; the inner one is shorter by its headers.
    [TestCase(0, OffloadFault.None)]
    [TestCase(1, OffloadFault.LongerThanIpAllows)]
    public void Check_SegmentThatMakesTheOuterPacketTooLong_IsRefused(int more, OffloadFault fault)
    {
        var (outer, inner) = (new OffloadPackets(false, false), new OffloadPackets(false, true));
        var payload = 65535 - 20 - 8 - TunnelHeader - 14 - 20 - 20 + more;
        var packet = Wrap(outer, inner.Make(payload), true);
        var offload = Offload(outer, inner, true, 65535);
        Assert.That(SoftwareOffload.Check(packet, ref offload), Is.EqualTo(fault));
    }

    [Test]
    public void Finish_RandomlyBrokenTunnels_NeverThrows()
    {
        var random = new Random(Seeds.Next("TUNNEL_SEED"));
        var software = new SoftwareOffload();
        for(var i = 0; i < 20_000; i++)
        {
            var (outer, inner) = (new OffloadPackets(random.Next(2) == 0, false), new OffloadPackets(random.Next(2) == 0, random.Next(2) == 0));
            var packet = Wrap(outer, inner.Make(random.Next(3000)), random.Next(2) == 0);
            var offload = Offload(outer, inner, random.Next(2) == 0, random.Next(1, 2000));
            for(var changes = random.Next(3); changes > 0; changes--)
            {
                packet[random.Next(Math.Min(packet.Length, 130))] = (byte)random.Next(256);
            }
            if(SoftwareOffload.Check(packet, ref offload) == OffloadFault.None)
            {
                Assert.That(Finish(packet, offload, software).Sum(x => x.Length), Is.EqualTo(offload.CountBytes(packet.Length)));
            }
        }
    }

    private static PortVlan Vlan(string words)
    {
        Assert.That(PortVlan.TryParse(words, out var vlan, out var fault), Is.True, fault);
        return vlan;
    }

    private static List<byte[]> Finish(byte[] packet, PacketOffload offload, SoftwareOffload? software = null)
    {
        var frames = new List<byte[]>();
        foreach(var frame in (software ?? new SoftwareOffload()).Finish(packet, offload))
        {
            frames.Add(frame.ToArray());
        }
        return frames;
    }
}
