// renode-virtio-net, MIT licence: see LICENSE.
// Linux's own driver over each kind of ring, in QEMU.

using NUnit.Framework;
using VirtioNet.Lab.Guests;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Guests;

public sealed class LinuxRingTests : GuestFixture
{
    // One guest has split rings, the other one packed ones. The rows are all combinations of MRG_RXBUF and EVENT_IDX, and rings without
    // indirect tables.
    [TestCase("")]
    [TestCase("-MRG_RXBUF")]
    [TestCase("-EVENT_IDX")]
    [TestCase("-MRG_RXBUF -EVENT_IDX")]
    [TestCase("-INDIRECT_DESC")]
    public void Linux_SplitToPackedAndBack_FilesArriveUnchanged(string features)
    {
        var split = AddPort(features);
        var packed = AddPort("+RING_PACKED " + features);
        // Both boot at the same time.
        var splitGuest = Network.StartGuest(split);
        var packedGuest = Network.StartGuest(packed);
        WaitUntilUp(split, splitGuest);
        WaitUntilUp(packed, packedGuest);

        AssertFeatures(split, splitGuest, Expected(features), Rings);
        AssertFeatures(packed, packedGuest, Expected(features).With(Feature.RingPacked), Rings);
        AssertSame(FileTransfer.Run(splitGuest, packedGuest, AddressOf(packed), Mebibytes));
        AssertSame(FileTransfer.Run(packedGuest, splitGuest, AddressOf(split), Mebibytes));
        AssertCounters(split);
        AssertCounters(packed);
    }

    [TestCase("")]
    [TestCase("+RING_PACKED")]
    public void Linux_DriverDeclinesAll_EveryByteComesBack(string features)
    {
        var host = new HostEnd(Network);
        var port = AddPort(features);
        var guest = Boot(port, new QemuCard { Properties = "mrg_rxbuf=off,event_idx=off,indirect_desc=off,csum=off,host_tso4=off,host_tso6=off,host_ecn=off,host_ufo=off" });

        var version1 = new FeatureSet().With(Feature.Version1);
        AssertFeatures(port, guest, features == "" ? version1 : version1.With(Feature.RingPacked), Rings);
        HostEnd.WaitUntilReached(guest);
        host.Exchange(port, 300);
    }

    [Test]
    public void Linux_LegacyDriver_EveryByteComesBack()
    {
        var host = new HostEnd(Network);
        var port = AddPort("");
        var guest = Boot(port, new QemuCard { Arguments = "virtio_pci.force_legacy=1" });

        AssertFeatures(port, guest, Rings.Without(Feature.RingPacked).Without(Feature.Version1), Rings);
        HostEnd.WaitUntilReached(guest);
        host.Exchange(port, 300);
    }

    [TestCase("")]
    [TestCase("+RING_PACKED")]
    public void Linux_TwoPairsOfQueues_FilesArriveUnchanged(string features)
    {
        var pairs = AddPort(features, queuePairs: 2);
        var single = AddPort(features);
        var guest = Network.StartGuest(pairs);
        var singleGuest = Network.StartGuest(single);
        WaitUntilUp(pairs, guest);
        WaitUntilUp(single, singleGuest);

        Assert.That(guest.Run("ls /sys/class/net/eth0/queues").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), Is.EquivalentTo(new[] { "rx-0", "rx-1", "tx-0", "tx-1" }));
        AssertSame(FileTransfer.Run(guest, singleGuest, AddressOf(single), Mebibytes));
        AssertSame(FileTransfer.Run(singleGuest, guest, AddressOf(pairs), Mebibytes));
    }

    private static FeatureSet Expected(string taken)
    {
        var expected = Rings.Without(Feature.RingPacked);
        expected = taken.Contains("-MRG_RXBUF") ? expected.Without(Feature.MrgRxbuf) : expected;
        expected = taken.Contains("-EVENT_IDX") ? expected.Without(Feature.EventIdx) : expected;
        return taken.Contains("-INDIRECT_DESC") ? expected.Without(Feature.IndirectDesc) : expected;
    }

    private static void AssertSame(FileTransfer transfer)
    {
        Assert.That(transfer.Sent, Has.Length.EqualTo(64));
        Assert.That(transfer.Received, Is.EqualTo(transfer.Sent));
    }

    // At least the file's bytes went through the device each way, and it refused no frame.
    private static void AssertCounters(GuestPort port)
    {
        var counters = port.Backend.Counters;
        Assert.That(counters.TxBytes, Is.GreaterThan((ulong)Mebibytes << 20));
        Assert.That(counters.RxBytes, Is.GreaterThan((ulong)Mebibytes << 20));
        Assert.That(counters.TxDropMalformed + counters.TxDropOffload + counters.RxDropTooBig + counters.RxDropTooLong + counters.RxDropRunt, Is.Zero);
    }

    // The features that change how rings are used.
    private static readonly FeatureSet Rings = new FeatureSet()
        .With(Feature.Version1)
        .With(Feature.RingPacked)
        .With(Feature.MrgRxbuf)
        .With(Feature.EventIdx)
        .With(Feature.IndirectDesc);

    private const int Mebibytes = 2;
}
