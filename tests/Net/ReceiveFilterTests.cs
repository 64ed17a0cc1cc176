// renode-virtio-net, MIT licence: see LICENSE.
// Which frames reach a driver that has set receive modes, addresses and VLANs. virtio v1.4-cs01: 5.1.9.5.1 to 5.1.9.5.3.

using System.Buffers.Binary;

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class ReceiveFilterTests(bool packed) : RingFormats(packed)
{
    // From the modes that are on, as bits by their commands, to who passes: own address, one of the table, a stranger; a group of the
    // table, another group; broadcast.
    [TestCase(0, "own table group broadcast")]
    [TestCase(1, "own table stranger group other broadcast")]
    [TestCase(2, "own table group other broadcast")]
    [TestCase(4, "own table stranger group broadcast")]
    [TestCase(6, "own table stranger group other broadcast")]
    [TestCase(8, "own table broadcast")]
    [TestCase(16, "group broadcast")]
    [TestCase(32, "own table group")]
    [TestCase(2 + 8, "own table broadcast")]
    [TestCase(4 + 16, "group broadcast")]
    [TestCase(2 + 32, "own table group other")]
    [TestCase(8 + 16 + 32, "")]
    [TestCase(1 + 8 + 16 + 32, "own table stranger group other broadcast")]
    [Rule("NET-91", "NET-92", "NET-93", "NET-94", "NET-95", "NET-96", "NET-97", "NET-98", "NET-99", "NET-100", "NET-101", "NET-102", "NET-103", "NET-107")]
    public void Modes_OfAnyCombination_LetPassWhatTheyName(int modes, string expected)
    {
        var driver = MakeDriver().Start(All.Without(Feature.CtrlVlan));
        SetTable(driver, new[] { Other }, new[] { Group });
        for(byte mode = 0; mode < 6; mode++)
        {
            Assert.That(driver.Control.Send(ControlLayout.ClassReceive, mode, (byte)(modes >> mode & 1)), Is.EqualTo(ControlLayout.Ok));
        }

        var passing = Places.Where(x => Passes(driver, To(x.Address))).Select(x => x.Name);

        Assert.That(string.Join(' ', passing), Is.EqualTo(expected));
        Assert.That(driver.Counters.RxDropOtherAddress, Is.EqualTo((ulong)(Places.Length - passing.Count())));
    }

    [Test]
    [Rule("NET-104", "NET-107", "NET-92")]
    public void Filter_BeforeTheFirstCommand_LetsPassAll([Values] bool vlans)
    {
        var driver = MakeDriver().Start(vlans ? All : All.Without(Feature.CtrlVlan));

        Assert.That(Places.Select(x => Passes(driver, To(x.Address))), Is.All.True);
    }

    [TestCase(ControlLayout.ClassReceive, ControlLayout.AllMulticast, new byte[] { 0 })]
    [TestCase(ControlLayout.ClassMac, ControlLayout.MacTableSet, new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 })]
    [Rule("NET-104", "NET-107")]
    public void Filter_FromTheFirstCommandOn_LetsPassTheCardsAddressAndBroadcast(int number, int command, byte[] data)
    {
        var driver = MakeDriver().Start(All.Without(Feature.CtrlVlan));

        driver.Control.Send((byte)number, (byte)command, data);

        Assert.That(Places.Where(x => Passes(driver, To(x.Address))).Select(x => x.Name), Is.EqualTo(new[] { "own", "broadcast" }));
    }

    [Test]
    [Rule("NET-104", "NET-111", "H-88")]
    public void Reset_AfterFilters_LeavesNone()
    {
        var driver = MakeDriver().Start(All);
        SetTable(driver, new[] { Other }, new[] { Group });
        driver.Control.Send(ControlLayout.ClassReceive, ControlLayout.NoUnicast, 1);
        driver.Control.Send(ControlLayout.ClassVlan, ControlLayout.VlanAdd, 5, 0);
        driver.Control.Send(ControlLayout.ClassMac, ControlLayout.MacAddressSet, Other.ToArray());

        driver.Start(All);

        Assert.That(driver.Machine.Device.Mac.ToArray(), Is.EqualTo(CardMachine.DefaultMac));
        Assert.That(Passes(driver, InVlan(5)), Is.False, "the table of VLANs is empty");
        driver.Control.Send(ControlLayout.ClassReceive, ControlLayout.Promiscuous, 0);
        Assert.That(Places.Where(x => Passes(driver, To(x.Address))).Select(x => x.Name), Is.EqualTo(new[] { "own", "broadcast" }));
    }

    [Test]
    [Rule("NET-105", "NET-108")]
    public void Tables_SetAgain_AreReplacedAsAWhole()
    {
        var driver = MakeDriver().Start(All.Without(Feature.CtrlVlan));
        SetTable(driver, new[] { Other }, new[] { Group });
        Assert.That((Passes(driver, To(Other)), Passes(driver, To(Group))), Is.EqualTo((true, true)));

        SetTable(driver, new[] { Stranger }, new[] { OtherGroup });

        Assert.That((Passes(driver, To(Other)), Passes(driver, To(Group))), Is.EqualTo((false, false)));
        Assert.That((Passes(driver, To(Stranger)), Passes(driver, To(OtherGroup))), Is.EqualTo((true, true)));
        SetTable(driver, Array.Empty<MacAddress>(), Array.Empty<MacAddress>());
        Assert.That((Passes(driver, To(Stranger)), Passes(driver, To(OtherGroup))), Is.EqualTo((false, false)));
    }

    // 256 of each are kept. What the table would have left out must not be lost.
    [TestCase(256, 256, false, false)]
    [TestCase(257, 256, true, false)]
    [TestCase(256, 257, false, true)]
    [TestCase(5000, 5000, true, true)]
    [Rule("NET-108", "H-93")]
    public void Tables_LargerThanAreKept_LetPassAllOfTheirKind(int unicast, int multicast, bool allUnicast, bool allMulticast)
    {
        var driver = MakeDriver(new GuestRam(4 << 20)).Start(All.Without(Feature.CtrlVlan));
        var stations = Enumerable.Range(0, unicast).Select(x => new MacAddress(0x0200_0001_0000UL + (uint)x)).ToArray();
        var groups = Enumerable.Range(0, multicast).Select(x => new MacAddress(0x0300_0001_0000UL + (uint)x)).ToArray();

        SetTable(driver, stations, groups);

        Assert.That((Passes(driver, To(stations[^1])), Passes(driver, To(groups[^1]))), Is.EqualTo((true, true)));
        Assert.That((Passes(driver, To(Stranger)), Passes(driver, To(OtherGroup))), Is.EqualTo((allUnicast, allMulticast)));
    }

    [Test]
    [Rule("NET-106", "NET-107")]
    public void Address_SetByTheDriver_IsReceivedAndShown()
    {
        var driver = MakeDriver().Start(All.Without(Feature.CtrlVlan));
        driver.Control.Send(ControlLayout.ClassReceive, ControlLayout.Promiscuous, 0);
        var generation = driver.Pci.Common(CommonCfg.ConfigGeneration, 1);

        Assert.That(driver.Control.Send(ControlLayout.ClassMac, ControlLayout.MacAddressSet, Other.ToArray()), Is.EqualTo(ControlLayout.Ok));

        Assert.That(Enumerable.Range(0, 6).Select(x => (byte)driver.Pci.DeviceConfig(x, 1)), Is.EqualTo(Other.ToArray()));
        Assert.That(driver.Pci.Common(CommonCfg.ConfigGeneration, 1), Is.Not.EqualTo(generation));
        Assert.That((Passes(driver, To(Other)), Passes(driver, To(Own))), Is.EqualTo((true, false)));
        Assert.That(driver.Pci.ReadIsr() & PciLayout.IsrConfig, Is.Zero, "the driver knows what it has set");
    }

    // Without MAC the driver has an address of its own choice, which the card does not know until the driver sets it.
    [Test]
    [Rule("NET-106", "NET-107")]
    public void Address_OfADriverWithoutMac_IsAnyUntilItIsSet()
    {
        var driver = MakeDriver().Start(All.Without(Feature.CtrlVlan).Without(Feature.Mac));
        driver.Control.Send(ControlLayout.ClassReceive, ControlLayout.Promiscuous, 0);
        Assert.That(Passes(driver, To(Stranger)), Is.True);

        driver.Control.Send(ControlLayout.ClassMac, ControlLayout.MacAddressSet, Other.ToArray());

        Assert.That((Passes(driver, To(Other)), Passes(driver, To(Stranger))), Is.EqualTo((true, false)));
        Assert.That(driver.Machine.Device.Mac.ToArray(), Is.EqualTo(CardMachine.DefaultMac), "the configuration does not show it");
    }

    [Test]
    [Rule("NET-109", "NET-110", "NET-111", "H-94")]
    public void Vlans_AreThoseOfTheTable([Values] bool filters)
    {
        var driver = MakeDriver().Start(filters ? All : All.Without(Feature.CtrlVlan));
        Assert.That(Passes(driver, InVlan(5)), Is.EqualTo(!filters), "the table is empty");
        if(filters)
        {
            driver.Control.Send(ControlLayout.ClassVlan, ControlLayout.VlanAdd, 5, 0);
            driver.Control.Send(ControlLayout.ClassVlan, ControlLayout.VlanAdd, 5, 0);
            driver.Control.Send(ControlLayout.ClassVlan, ControlLayout.VlanAdd, 0xFF, 0x0F);
        }

        Assert.That(new[] { 5, 6, 4095, 5 | 0xE000, 0, 0xE000 }.Select(x => Passes(driver, InVlan(x))), Is.EqualTo(new[] { true, !filters, true, true, true, true }));
        Assert.That((Passes(driver, To(Own)), Passes(driver, Frames.Tagged(60, 0x88A8))), Is.EqualTo((true, true)), "no tag, and a tag of another kind");
        Assert.That(driver.Counters.RxDropOtherVlan, Is.EqualTo(filters ? 2 : 0));

        if(filters)
        {
            driver.Control.Send(ControlLayout.ClassVlan, ControlLayout.VlanDelete, 5, 0);
            driver.Control.Send(ControlLayout.ClassVlan, ControlLayout.VlanDelete, 6, 0);
            Assert.That((Passes(driver, InVlan(5)), Passes(driver, InVlan(4095))), Is.EqualTo((false, true)));
        }
    }

    [Test]
    [Rule("NET-92", "NET-111")]
    public void Vlans_InPromiscuousMode_AllPass()
    {
        var driver = MakeDriver().Start(All);
        driver.Control.Send(ControlLayout.ClassReceive, ControlLayout.Promiscuous, 1);
        Assert.That(Passes(driver, InVlan(5)), Is.True);

        driver.Control.Send(ControlLayout.ClassReceive, ControlLayout.Promiscuous, 0);

        Assert.That(Passes(driver, InVlan(5)), Is.False);
    }

    // A frame that is shorter than its tag is no frame of a VLAN, and nothing is read past its end.
    [Test]
    [Rule("H-84", "NET-111")]
    public void Frames_ShorterThanTheirHeaders_AreLookedAtInside([Range(0, 18)] int length)
    {
        var driver = MakeDriver().Start(All);
        driver.Control.Send(ControlLayout.ClassReceive, ControlLayout.Promiscuous, 0);
        driver.Control.Send(ControlLayout.ClassReceive, ControlLayout.AllUnicast, 1);
        var frame = InVlan(5)[..length];

        Assert.That(Passes(driver, frame), Is.EqualTo(length is >= 14 and < 18));

        Assert.That((driver.Counters.RxDropRunt, driver.Counters.RxDropOtherVlan), Is.EqualTo(length < 14 ? (1UL, 0UL) : length < 18 ? (0UL, 0UL) : (0UL, 1UL)));
    }

    // A packet with work left is not finished first to be dropped then: it counts once.
    [Test]
    [Rule("NET-107", "H-80")]
    public void Packet_ThatNobodyWants_CountsOnce()
    {
        var packets = new OffloadPackets(false, true);
        var packet = packets.Make(40000);
        var driver = MakeDriver().Start(All);
        driver.Control.Send(ControlLayout.ClassReceive, ControlLayout.NoUnicast, 1);

        driver.Machine.Device.Receive(new Packet(packet, OffloadPackets.Offload(packet, Segmentation.Tso4, 1448)));

        Assert.That(driver.Counters.RxDropOtherAddress, Is.EqualTo(1));
        Assert.That(driver.Machine.Device.ReceiveCountersOf(0).DropOtherAddress, Is.EqualTo(1));
    }

    [Test]
    [Rule("H-80", "H-88")]
    public void Frames_UnderChangingFilters_AreAccountedFor([Range(1, 4)] int seed)
    {
        var random = new Random(seed);
        var driver = MakeDriver(new GuestRam(4 << 20)).Start(All);
        var received = 0UL;
        for(var i = 0; i < 2000; i++)
        {
            switch(random.Next(8))
            {
                case 0:
                    driver.Control.Send(ControlLayout.ClassReceive, (byte)random.Next(6), (byte)random.Next(2));
                    break;
                case 1:
                    driver.Control.Send(ControlLayout.ClassVlan, (byte)random.Next(2), (byte)random.Next(3), 0);
                    break;
                case 2:
                    driver.Machine.Device.LinkUp = !driver.Machine.Device.LinkUp;
                    break;
                case 3:
                    driver.ReceiveRing.TryTakeUsed(out _);
                    if(driver.ReceiveRing.FreeDescriptors > 0)
                    {
                        driver.OfferReceive(2000);
                        driver.Kick(driver.ReceiveRing);
                    }
                    break;
                default:
                    received++;
                    driver.Machine.Device.Receive(random.Next(2) == 0 ? InVlan(random.Next(3)) : To(Places[random.Next(Places.Length)].Address));
                    break;
            }
        }
        driver.Machine.Card.Reset();

        var counters = driver.Counters;
        Assert.That(ReceiveBacklogTests.Delivered(counters) + ReceiveBacklogTests.Dropped(counters), Is.EqualTo(received));
        Assert.That((counters.RxDropOtherAddress, counters.RxDropOtherVlan, counters.RxDropLinkDown), Is.GreaterThan((0UL, 0UL, 0UL)));
    }

    [Test]
    [Rule("NETL-05", "NETL-08")]
    public void Commands_OfALegacyDriver_HaveItsByteOrder([Values] bool bigEndian)
    {
        var driver = new RawDriver(new PciMachine(bigEndian: bigEndian), legacy: true).Start(All.Without(Feature.Version1));
        byte[] order(params byte[] bytes) => bigEndian ? bytes.Reverse().ToArray() : bytes;

        Assert.That(driver.Control.Send(ControlLayout.ClassVlan, ControlLayout.VlanAdd, order(5, 0)), Is.EqualTo(ControlLayout.Ok));
        Assert.That(driver.Control.Send(ControlLayout.ClassMac, ControlLayout.MacTableSet, order(1, 0, 0, 0).Concat(Other.ToArray()).Concat(new byte[4]).ToArray()), Is.EqualTo(ControlLayout.Ok));

        Assert.That((Passes(driver, InVlan(5)), Passes(driver, InVlan(0x500)), Passes(driver, To(Other)), Passes(driver, To(Stranger))), Is.EqualTo((true, false, true, false)));
    }

    /// <summary>What a driver takes that uses all of the control queue, with some offloads to switch.</summary>
    internal static readonly FeatureSet All = NetDriver.AllFeatures
        .With(Feature.CtrlVq).With(Feature.CtrlRx).With(Feature.CtrlRxExtra).With(Feature.CtrlVlan).With(Feature.CtrlMacAddr)
        .With(Feature.GuestAnnounce).With(Feature.CtrlGuestOffloads).With(Feature.GuestCsum).With(Feature.GuestTso4).With(Feature.GuestTso6);

    /// <summary>Frames that differ in what a filter looks at.</summary>
    internal static IEnumerable<byte[]> Probes => Places.Select(x => To(x.Address)).Append(To(new MacAddress(0x0200_0000_0009))).Append(InVlan(7)).Append(InVlan(0xFFF));

    /// <summary>True if the frame reaches the driver.</summary>
    internal static bool Passes(RawDriver driver, byte[] frame)
    {
        var before = driver.Counters.RxFrames;
        for(var pair = 0; pair < driver.ReceiveRings.Length; pair++)
        {
            driver.OfferReceive(2000, pair);
        }
        driver.Machine.Device.Receive(frame);
        return driver.Counters.RxFrames != before;
    }

    /// <summary>A frame without a tag.</summary>
    internal static byte[] To(MacAddress address)
    {
        return Ethernet.Frame(address, new MacAddress(0x0200_0000_0042), Ethernet.Ipv4, 46);
    }

    /// <summary>A frame for the card in a VLAN.</summary>
    internal static byte[] InVlan(int tag)
    {
        var frame = Ethernet.Frame(Own, new MacAddress(0x0200_0000_0042), Ethernet.CustomerTag, 50);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(14), (ushort)tag);
        return frame;
    }

    private static void SetTable(RawDriver driver, MacAddress[] unicast, MacAddress[] multicast)
    {
        var data = new[] { unicast, multicast }.SelectMany(x => BitConverter.GetBytes(x.Length).Concat(x.SelectMany(y => y.ToArray())));
        Assert.That(driver.Control.Send(ControlLayout.ClassMac, ControlLayout.MacTableSet, data.ToArray()), Is.EqualTo(ControlLayout.Ok));
    }

    private static readonly MacAddress Own = MacAddress.Read(CardMachine.DefaultMac);
    private static readonly MacAddress Other = new(0x0200_0000_0007);
    private static readonly MacAddress Stranger = new(0x0200_0000_0008);
    private static readonly MacAddress Group = new(0x0300_0000_0007);
    private static readonly MacAddress OtherGroup = new(0x0300_0000_0008);

    private static readonly (string Name, MacAddress Address)[] Places =
    {
        ("own", Own), ("table", Other), ("stranger", Stranger), ("group", Group), ("other", OtherGroup), ("broadcast", MacAddress.Broadcast),
    };
}
