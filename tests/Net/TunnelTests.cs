// renode-virtio-net, MIT licence: see LICENSE.
// Large packets that UDP carries, from a driver and to one. virtio v1.4-cs01: 5.1.9.2 and 5.1.9.4.

using System.Buffers.Binary;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Wire;
using static VirtioNet.Tests.Net.TunnelPackets;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class TunnelTests(bool packed) : RingFormats(packed)
{
    [Test]
    [Rule("NET-32")]
    public void Send_PacketInATunnel_LeavesAsValidFrames([Values] bool ipv6, [Values] bool tcp, [Values] bool hasChecksum)
    {
        var (outer, inner) = (new OffloadPackets(!ipv6, false), new OffloadPackets(ipv6, tcp));
        var packet = Wrap(outer, inner.Make(4000), hasChecksum);
        var driver = MakeDriver().Start(All);

        Send(driver, Message(outer, inner, packet, TypeOf(ipv6, tcp), 1300, Flags(hasChecksum)));

        var frames = driver.Machine.Sent;
        Assert.That(frames, Has.Count.EqualTo(4));
        Assert.That(frames.Select(x => inner.Fault(x[InnerAt(outer)..])), Is.All.Null);
        Assert.That(frames.Select(outer.Fault), hasChecksum ? Is.All.Null : Is.All.EqualTo("transport checksum"));
        Assert.That(frames.SelectMany(x => x[(InnerAt(outer) + inner.Payload)..]), Is.EqualTo(packet[(InnerAt(outer) + inner.Payload)..]));
    }

    // A header of 24 bytes stands in front of any packet then.
    [Test]
    public void Send_OrdinaryFrame_LeavesAsItIs()
    {
        var driver = MakeDriver().Start(All);
        var frame = Frames.Make(500);
        Send(driver, new byte[NetLayout.TunnelHeaderSize].Concat(frame).ToArray());
        Assert.That(driver.Machine.Sent, Is.EqualTo(new[] { frame }));
    }

    [TestCase("both versions", NetLayout.GsoTcp4 | NetLayout.GsoUdpTunnel4 | NetLayout.GsoUdpTunnel6, NetLayout.FlagNeedsCsum)]
    [TestCase("the other version", NetLayout.GsoTcp4 | NetLayout.GsoUdpTunnel6, NetLayout.FlagNeedsCsum)]
    [TestCase("datagrams of the other version", NetLayout.GsoUdpL4 | NetLayout.GsoUdpTunnel6, NetLayout.FlagNeedsCsum)]
    [TestCase("nothing to be cut", NetLayout.GsoUdpTunnel4, NetLayout.FlagNeedsCsum)]
    [TestCase("fragments", NetLayout.GsoUdp | NetLayout.GsoUdpTunnel4, NetLayout.FlagNeedsCsum)]
    [TestCase("no NEEDS_CSUM", NetLayout.GsoTcp4 | NetLayout.GsoUdpTunnel4, (byte)0)]
    [TestCase("DATA_VALID", NetLayout.GsoTcp4 | NetLayout.GsoUdpTunnel4, NetLayout.FlagNeedsCsum | NetLayout.FlagDataValid)]
    [TestCase("a tunnel's checksum without tunnel", NetLayout.GsoNone, NetLayout.FlagNeedsCsum | NetLayout.FlagUdpTunnelCsum)]
    [TestCase("datagrams with a tunnel's checksum without tunnel", NetLayout.GsoUdpL4, NetLayout.FlagNeedsCsum | NetLayout.FlagUdpTunnelCsum)]
    [TestCase("nothing but a tunnel's checksum", NetLayout.GsoNone, NetLayout.FlagUdpTunnelCsum)]
    [Rule("NET-26", "NET-28", "NET-29")]
    public void Send_TunnelThatCannotBe_IsDroppedAndCounted(string why, byte type, byte flags)
    {
        var (outer, inner) = (new OffloadPackets(false, false), new OffloadPackets(false, type != (NetLayout.GsoUdpL4 | NetLayout.GsoUdpTunnel6)));
        var driver = MakeDriver().Start(All);

        // A short one could pass for an ordinary frame.
        var payload = type == NetLayout.GsoNone ? 100 : 3000;
        Send(driver, Message(outer, inner, Wrap(outer, inner.Make(payload), true), type, 1300, flags));

        Assert.That(driver.Machine.Sent, Is.Empty, why);
        Assert.That((driver.Counters.TxFrames, driver.Counters.TxDropOffload), Is.EqualTo((0UL, 1UL)), why);
        Assert.That(driver.NeedsReset, Is.False);
    }

    // The spec's own words: without a tunnel bit the offsets are not used.
    [Test]
    [Rule("NET-27")]
    public void Send_OffsetsWithoutATunnel_MeanNothing()
    {
        var packets = new OffloadPackets(false, true);
        var driver = MakeDriver().Start(All);
        var message = new byte[NetLayout.TunnelHeaderSize + packets.Payload + 3000];
        packets.Message(packets.Make(3000), NetLayout.GsoTcp4, 1448)[..NetLayout.HeaderSize].CopyTo(message, 0);
        packets.Make(3000).CopyTo(message, NetLayout.TunnelHeaderSize);
        message.AsSpan(NetLayout.HeaderOuterTransport, 4).Fill(0xFF);

        Send(driver, message);

        Assert.That(driver.Machine.Sent, Has.Count.EqualTo(3));
        Assert.That(driver.Machine.Sent.Select(packets.Fault), Is.All.Null);
    }

    [TestCase(Feature.HostUdpTunnelGso)]
    [TestCase(Feature.HostUdpTunnelGsoCsum)]
    public void Send_TunnelThatWasNotNegotiated_IsDroppedOrItsFlagIgnored(Feature missing)
    {
        var (outer, inner) = (new OffloadPackets(false, false), new OffloadPackets(false, true));
        var features = All.Without(Feature.HostUdpTunnelGsoCsum).Without(missing);
        var driver = MakeDriver().Start(features);
        var packet = Wrap(outer, inner.Make(3000), false);

        Send(driver, Message(outer, inner, packet, NetLayout.GsoTcp4 | NetLayout.GsoUdpTunnel4, 1300, Flags(true)));

        Assert.That(driver.Machine.Sent, Has.Count.EqualTo(missing == Feature.HostUdpTunnelGso ? 0 : 3));
        Assert.That(driver.Machine.Sent.Select(x => x[outer.Transport + 6] | x[outer.Transport + 7]), Is.All.Zero, "a checksum that nobody asked for");
    }

    [Test]
    [Rule("NET-37", "NET-59", "NET-60", "NET-71", "NET-72", "NET-73")]
    public void Receive_PacketInATunnel_ArrivesWholeAndIsDescribed([Values] bool ipv6, [Values] bool tcp, [Values] bool hasChecksum)
    {
        var (outer, inner) = (new OffloadPackets(!ipv6, false), new OffloadPackets(ipv6, tcp));
        var packet = Wrap(outer, inner.Make(4000), hasChecksum);
        var driver = MakeDriver().Start(All);
        var buffer = driver.OfferReceive(8000);

        driver.Machine.Device.Receive(new Packet(packet, Checked(packet, Offload(outer, inner, hasChecksum, 1300))));

        var header = driver.Ram.At(buffer, NetLayout.TunnelHeaderSize).ToArray();
        Assert.That(driver.Ram.At(buffer + NetLayout.TunnelHeaderSize, packet.Length).ToArray(), Is.EqualTo(packet));
        Assert.That(header[..2], Is.EqualTo(new[] { Flags(hasChecksum), TypeOf(ipv6, tcp) }));
        Assert.That(Enumerable.Range(1, 11).Select(x => BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(2 * x))), Is.EqualTo(new[]
        {
            InnerAt(outer) + inner.Payload, 1300, InnerAt(outer) + inner.Transport, inner.ChecksumOffset, 1, 0, 0, 0, 0, outer.Transport, InnerAt(outer) + inner.Network,
        }));
    }

    [Test]
    [Rule("NET-53")]
    public void Receive_OrdinaryFrame_HasNothingInTheLargerHeader()
    {
        var driver = MakeDriver().Start(All);
        var buffer = driver.OfferReceive(2000);
        driver.Machine.Device.Receive(new Packet(Frames.Make(500)));
        var header = driver.Ram.At(buffer, NetLayout.TunnelHeaderSize).ToArray();
        Assert.That(header[..10].Concat(header[12..]), Is.All.Zero);
        Assert.That(driver.Ram.At(buffer + NetLayout.TunnelHeaderSize, 500).ToArray(), Is.EqualTo(Frames.Make(500)));
    }

    // All features but the one.
    [TestCase(Feature.GuestUdpTunnelGso, false)]
    [TestCase(Feature.GuestUdpTunnelGso, true)]
    [TestCase(Feature.GuestUdpTunnelGsoCsum, true)]
    [TestCase(Feature.GuestUdpTunnelGsoCsum, false)]
    [Rule("NET-48", "NET-49", "NET-58", "NET-61", "NET-62")]
    public void Receive_WithoutTheFeature_ArrivesFinished(Feature missing, bool hasChecksum)
    {
        var (outer, inner) = (new OffloadPackets(false, false), new OffloadPackets(false, true));
        var packet = Wrap(outer, inner.Make(3000), hasChecksum);
        var driver = MakeDriver().Start(All.Without(Feature.GuestUdpTunnelGsoCsum).Without(missing));
        var buffers = Enumerable.Range(0, 4).Select(_ => driver.OfferReceive(8000)).ToArray();

        driver.Machine.Device.Receive(new Packet(packet, Checked(packet, Offload(outer, inner, hasChecksum, 1300))));

        var isWhole = missing == Feature.GuestUdpTunnelGsoCsum && !hasChecksum;
        Assert.That(driver.Counters.RxFrames, Is.EqualTo(isWhole ? 1 : 3));
        Assert.That(driver.Ram.At(buffers[0], 2).ToArray(), Is.EqualTo(isWhole ? new[] { NetLayout.FlagNeedsCsum, TypeOf(false, true) } : new byte[2]));
    }

    // The outer checksum is not left to the driver, and is neither 0 nor known to be right.
    [TestCase("an outer checksum", true, 6)]
    [TestCase("another outer sum", false, 6)]
    [TestCase("an outer length that is not the packet's", true, -17)]
    [Rule("NET-73", "NET-74")]
    public void Receive_TunnelThatIsNotAsAHeaderSays_ArrivesFinished(string what, bool isLeftOut, int place)
    {
        var (outer, inner) = (new OffloadPackets(false, false), new OffloadPackets(false, true));
        var packet = Wrap(outer, inner.Make(3000), !isLeftOut || place == 6);
        var offload = Checked(packet, Offload(outer, inner, !isLeftOut, 1300));
        packet[outer.Transport + place] ^= 1;
        var driver = MakeDriver().Start(All);
        var buffers = Enumerable.Range(0, 4).Select(_ => driver.OfferReceive(8000)).ToArray();

        driver.Machine.Device.Receive(new Packet(packet, offload));

        Assert.That(driver.Counters.RxFrames, Is.EqualTo(3), what);
        Assert.That(driver.Ram.At(buffers[0], 2).ToArray(), Is.EqualTo(new byte[2]), what);
    }

    private static readonly FeatureSet All = OffloadTests.Everything
        .With(Feature.GuestCsum).With(Feature.GuestTso4).With(Feature.GuestTso6).With(Feature.GuestUso4).With(Feature.GuestUso6)
        .With(Feature.GuestUdpTunnelGso).With(Feature.GuestUdpTunnelGsoCsum).With(Feature.HostUdpTunnelGso).With(Feature.HostUdpTunnelGsoCsum);

    private static PacketOffload Checked(byte[] packet, PacketOffload offload)
    {
        Assert.That(SoftwareOffload.Check(packet, ref offload), Is.EqualTo(OffloadFault.None));
        return offload;
    }

    private static byte TypeOf(bool ipv6, bool tcp)
    {
        var type = !tcp ? NetLayout.GsoUdpL4 : ipv6 ? NetLayout.GsoTcp6 : NetLayout.GsoTcp4;
        return (byte)(type | (ipv6 ? NetLayout.GsoUdpTunnel6 : NetLayout.GsoUdpTunnel4));
    }

    private static byte Flags(bool hasChecksum) => (byte)(NetLayout.FlagNeedsCsum | (hasChecksum ? NetLayout.FlagUdpTunnelCsum : 0));

    private static void Send(RawDriver driver, byte[] message)
    {
        driver.Offer(message);
        driver.Kick(driver.TransmitRing);
    }
}
