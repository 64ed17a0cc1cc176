// renode-virtio-net, MIT licence: see LICENSE.
// One queue is reset while the other goes on. virtio v1.4-cs01: 2.6.1 "Virtqueue Reset", 4.1.4.3 (queue_reset).

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class RingResetTests
{
    [Test]
    [Rule("BASE-18", "BASE-19", "PCI-26", "PCI-27", "PCI-28", "PCI-29", "PCI-30", "H-48")]
    public void QueueReset_OfAnEnabledQueue_PutsItBackToItsStateAfterReset([Values] bool packed)
    {
        var card = Started(packed);
        var pci = card.Pci;
        pci.Common(CommonCfg.QueueSelect, 2, NetLayout.ReceiveQueue);
        pci.Common(CommonCfg.QueueMsixVector, 2, 0);
        Assert.That(pci.Common(CommonCfg.QueueReset, 2), Is.Zero);

        pci.Common(CommonCfg.QueueReset, 2, 1);

        Assert.That(pci.Common(CommonCfg.QueueReset, 2), Is.Zero, "it is done");
        Assert.That(pci.Common(CommonCfg.QueueEnable, 2), Is.Zero);
        Assert.That(pci.Common(CommonCfg.QueueSize, 2), Is.EqualTo(16));
        Assert.That(pci.Common(CommonCfg.QueueMsixVector, 2), Is.EqualTo(PciLayout.MsiNoVector));
        foreach(var field in new[] { CommonCfg.QueueDesc, CommonCfg.QueueDriver, CommonCfg.QueueDevice })
        {
            Assert.That((pci.Common(field, 4), pci.Common(field + 4, 4)), Is.EqualTo((0U, 0U)));
        }
    }

    [Test]
    [Rule("BASE-18", "H-48", "H-49")]
    public void QueueReset_OfTheReceiveQueue_DropsWhatComesAndTheOtherQueueGoesOn([Values] bool packed)
    {
        var card = Started(packed);
        var before = card.Machine.Ram.At(card.Machine.Ram.Base, 1 << 16).ToArray();
        Select(card, NetLayout.ReceiveQueue).Common(CommonCfg.QueueReset, 2, 1);

        card.Machine.Device.Receive(CardAtStage.Frame(1));

        Assert.That(card.Machine.Ram.At(card.Machine.Ram.Base, 1 << 16).ToArray(), Is.EqualTo(before), "nothing is written");
        Assert.That(card.Machine.Device.Counters.RxDropNotReady, Is.EqualTo(1));
        Assert.That(card.Net.TrySend(CardAtStage.Frame(2)), Is.True);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(1));
        Assert.That(card.Machine.ParkedReasons, Is.Empty);
    }

    [Test]
    [Rule("BASE-18", "H-49")]
    public void QueueReset_WithFramesWaitingForBuffers_DropsAndCountsThem()
    {
        var card = new CardAtStage(Stage.FramesWaiting, new PciMachine(queueSize: CardAtStage.QueueSize));
        Renegotiate(card);
        for(var i = 0; i < CardAtStage.QueueSize + 3; i++)
        {
            card.Machine.Device.Receive(CardAtStage.Frame((byte)i));
        }
        var dropped = card.Machine.Device.Counters.RxDropNotReady;

        Select(card, NetLayout.ReceiveQueue).Common(CommonCfg.QueueReset, 2, 1);

        Assert.That(card.Machine.Device.Counters.RxDropNotReady, Is.EqualTo(dropped + 3));
    }

    [Test]
    [Rule("BASE-20", "PCI-27")]
    public void Queue_EnabledAgainWithAnotherSizeAndPlace_CarriesFramesAgain([Values] bool packed, [Values(1, 2, 4, 16)] int size)
    {
        var card = Started(packed);
        for(var round = 0; round < 3; round++)
        {
            for(var i = 0; i < 5; i++)
            {
                Assert.That(card.Net.TrySend(CardAtStage.Frame((byte)i)), Is.True);
            }
            Select(card, NetLayout.ReceiveQueue).Common(CommonCfg.QueueReset, 2, 1);
            var ring = card.Pci.SetupRing(NetLayout.ReceiveQueue, size);
            for(var i = 0; i < 2 * size; i++)
            {
                var buffer = card.Machine.Ram.Allocate(128);
                ring.Add(new Piece(buffer, 128, true));
                card.Pci.Notify(NetLayout.ReceiveQueue);
                card.Machine.Device.Receive(CardAtStage.Frame((byte)i));
                Assert.That(ring.TryTakeUsed(out var used), Is.True, $"frame {i}");
                Assert.That(used.Length, Is.EqualTo(72));
                Assert.That(card.Machine.Ram.At(buffer + 12, 1)[0], Is.EqualTo((byte)i));
            }
        }
        Assert.That(card.Machine.ParkedReasons, Is.Empty);
    }

    [TestCase(0U)]
    [TestCase(2U)]
    [TestCase(0xFFFFU)]
    [Rule("H-48")]
    public void QueueReset_AnythingBut1_HasNoEffect(uint value)
    {
        var card = Started(false);
        Select(card, NetLayout.TransmitQueue).Common(CommonCfg.QueueReset, 2, value);
        Assert.That(card.Pci.Common(CommonCfg.QueueEnable, 2), Is.EqualTo(1));
    }

    [Test]
    [Rule("H-48", "H-47")]
    public void QueueReset_NotNegotiatedOrOfNoQueueOrTwice_HasNoEffect()
    {
        var card = new CardAtStage(Stage.Running);
        Select(card, NetLayout.TransmitQueue).Common(CommonCfg.QueueReset, 2, 1);
        Assert.That(card.Pci.Common(CommonCfg.QueueEnable, 2), Is.EqualTo(1), "not negotiated");

        card = Started(false);
        Select(card, 7).Common(CommonCfg.QueueReset, 2, 1);
        Select(card, NetLayout.TransmitQueue).Common(CommonCfg.QueueReset, 2, 1);
        var misuses = card.Machine.Misuses.Count;
        card.Pci.Common(CommonCfg.QueueReset, 2, 1);
        Assert.That(card.Machine.Misuses, Has.Count.EqualTo(misuses + 1), "a queue that is not enabled");
        Assert.That(card.Machine.ParkedReasons, Is.Empty);
    }

    private static CardAtStage Started(bool packed)
    {
        var card = new CardAtStage(Stage.Probed, new PciMachine(queueSize: 16, vectors: 2, features: "+RING_PACKED"));
        card.Net.Start(NetDriver.AllFeatures.With(Feature.RingReset) | (packed ? new FeatureSet().With(Feature.RingPacked) : new FeatureSet()));
        return card;
    }

    private static void Renegotiate(CardAtStage card)
    {
        card.Net.Start(NetDriver.AllFeatures.With(Feature.RingReset));
    }

    private static VirtioPciDriver Select(CardAtStage card, int queue)
    {
        card.Pci.Common(CommonCfg.QueueSelect, 2, (uint)queue);
        return card.Pci;
    }
}
