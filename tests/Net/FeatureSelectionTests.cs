// renode-virtio-net, MIT licence: see LICENSE.
// What a user writes to change what a card offers. virtio v1.4-cs01: 2.2, 5.1.3.1.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

public sealed class FeatureSelectionTests
{
    [TestCase("+RING_PACKED", Feature.RingPacked, true)]
    [TestCase("+VIRTIO_F_RING_PACKED", Feature.RingPacked, true)]
    [TestCase("+ring_packed", Feature.RingPacked, true)]
    [TestCase("  -EVENT_IDX,\t+IN_ORDER ", Feature.EventIdx, false)]
    [TestCase("  -EVENT_IDX,\t+IN_ORDER ", Feature.InOrder, true)]
    [TestCase("-VIRTIO_NET_F_MRG_RXBUF", Feature.MrgRxbuf, false)]
    [TestCase("+RING_PACKED -RING_PACKED", Feature.RingPacked, false)]
    [TestCase("-CSUM", Feature.HostTso4, false)]
    [Rule("FEAT-16", "BASE-05")]
    public void Features_AsTheUserWritesThem_AreOfferedOrNot(string features, Feature feature, bool offered)
    {
        var driver = new RawDriver(new PciMachine(features: features)).Start();
        Assert.That(driver.Pci.ReadOffered().Has(feature), Is.EqualTo(offered));
        driver.Send(Frames.Make(60));
        Assert.That(driver.Machine.Sent, Has.Count.EqualTo(1));
    }

    [TestCase(0, 0, 256, 256)]
    [TestCase(64, 0, 64, 256)]
    [TestCase(0, 1024, 256, 1024)]
    [TestCase(100, 32768, 64, 32768)]
    [Rule("PACK-18", "SPLIT-01", "H-40")]
    public void QueueSizes_SetApart_AreThoseOfEachQueue(int rx, int tx, int rxSplit, int txSplit)
    {
        var machine = new PciMachine(features: "+RING_PACKED", rxQueueSize: rx, txQueueSize: tx);
        var driver = new VirtioPciDriver(machine);
        driver.Probe();
        foreach(var packed in new[] { false, true })
        {
            driver.Negotiate(packed ? NetDriver.AllFeatures.With(Feature.RingPacked) : NetDriver.AllFeatures);
            driver.Common(CommonCfg.QueueSelect, 2, NetLayout.ReceiveQueue);
            Assert.That(driver.Common(CommonCfg.QueueSize, 2), Is.EqualTo(packed && rx != 0 ? rx : rxSplit));
            driver.Common(CommonCfg.QueueSelect, 2, NetLayout.TransmitQueue);
            Assert.That(driver.Common(CommonCfg.QueueSize, 2), Is.EqualTo(txSplit));
        }
    }

    [Test]
    [Rule("PACK-18")]
    public void Frames_OverPackedRingsOfAnySize_ArriveUnchanged([Values(2, 3, 7, 100, 257)] int size, [Values("", " -EVENT_IDX", " -INDIRECT_DESC", " +IN_ORDER")] string features)
    {
        var machine = new PciMachine(queueSize: size, features: "+RING_PACKED" + features);
        var driver = new NetDriver(machine);
        driver.Start(NetDriver.AllFeatures.With(Feature.RingPacked).With(Feature.InOrder));
        for(var i = 0; i < 1000; i++)
        {
            var frame = Frames.Make(60 + i);
            Assert.That(driver.TrySend(frame), Is.True);
            Assert.That(machine.Sent.Last(), Is.EqualTo(frame));
            machine.Device.Receive(frame.ToArray());
            Assert.That(driver.TryReceive(out var received), Is.True);
            Assert.That(received, Is.EqualTo(frame));
            machine.Sent.Clear();
        }
        Assert.That(machine.ParkedReasons, Is.Empty);
        Assert.That(machine.Misuses, Is.Empty);
    }
}
