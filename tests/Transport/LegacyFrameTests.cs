// renode-virtio-net, MIT licence: see LICENSE.
// What a legacy driver puts around a frame: headers of 10 and 12 bytes, any framing, its own byte order.
// virtio v1.4-cs01: 5.1.4.3, 5.1.9.1, 5.1.9.8 (legacy notes of the network device).

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Tests.Net;

namespace VirtioNet.Tests.Transport;

public sealed class LegacyFrameTests
{
    [Test]
    [Rule("NETL-04", "NETL-11", "SPLIT-33", "H-61", "H-62", "H-30")]
    public void Send_AnyFraming_ArrivesUnchanged([ValueSource(nameof(Cuts))] int[] cut, [Values] bool mergeable, [Values] bool anyLayout, [Values(1, int.MaxValue)] int hostBlock)
    {
        var card = Start(mergeable, anyLayout, hostBlock);
        var frame = Frames.Make(150);
        var header = Enumerable.Repeat((byte)0xFF, card.HeaderSize).ToArray();
        header[NetLayout.HeaderGsoType] = 0;
        card.Transmit.Add(Frames.Cut(card.Machine.Ram, header.Concat(frame).ToArray(), cut, false));
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.Sent, Is.EqualTo(new[] { frame }));
        Assert.That(card.Transmit.TryTakeUsed(out var used), Is.True);
        Assert.That(used.Length, Is.Zero);
    }

    [Test]
    [Rule("NETL-04", "NETL-11", "SPLIT-33", "H-61", "H-62", "H-89")]
    public void Receive_AnyFraming_ArrivesUnchangedAndCounted([ValueSource(nameof(Cuts))] int[] cut, [Values] bool mergeable, [Values] bool anyLayout, [Values(1, int.MaxValue)] int hostBlock)
    {
        var card = Start(mergeable, anyLayout, hostBlock);
        var frame = Frames.Make(150);
        var room = Enumerable.Repeat(RawDriver.Poison, 180).ToArray();
        var pieces = Frames.Cut(card.Machine.Ram, room, cut, true);
        card.Receive.Add(pieces);
        card.Machine.Device.Receive((byte[])frame.Clone());
        Assert.That(card.Receive.TryTakeUsed(out var used), Is.True);
        Assert.That(used.Length, Is.EqualTo(card.HeaderSize + frame.Length));
        var expected = new byte[card.HeaderSize].Concat(frame).Concat(room).Take(180).ToArray();
        if(mergeable)
        {
            expected[NetLayout.HeaderNumBuffers] = 1;
        }
        Assert.That(Frames.Gather(card.Machine.Ram, pieces), Is.EqualTo(expected));
    }

    [TestCase(false, 10 + 13, 0)]
    [TestCase(false, 10 + 14, 1)]
    [TestCase(true, 12 + 13, 0)]
    [TestCase(true, 12 + 14, 1)]
    [Rule("NETL-04", "H-60", "H-64")]
    public void Send_ShortestMessage_IsHeaderAndEthernetHeader(bool mergeable, int length, int sent)
    {
        var card = Start(mergeable, false, int.MaxValue);
        card.Transmit.Add(new Piece(card.Machine.Ram.Allocate(length), (uint)length, false));
        card.Driver.Notify(NetLayout.TransmitQueue);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(sent));
        Assert.That(card.Machine.Device.Counters.TxDropMalformed, Is.EqualTo(1 - sent));
    }

    [TestCase(9, 1)]
    [TestCase(10, 0)]
    [Rule("NETL-04", "H-81")]
    public void Receive_BufferShorterThanTheHeader_ParksTheDevice(int length, int parked)
    {
        var card = Start(false, false, int.MaxValue);
        card.OfferBuffer(length);
        card.Machine.Device.Receive(Frames.Make(60));
        Assert.That(card.Machine.ParkedReasons, Has.Count.EqualTo(parked));
        Assert.That(card.Machine.Device.Counters.RxDropTooBig, Is.EqualTo(1 - parked));
    }

    [Test]
    [Rule("NETL-01", "NETL-02", "BASE-17")]
    public void Config_OfABigEndianGuest_HasItsWordsInItsOrder([Values] bool msix)
    {
        var machine = new PciMachine(mac: new byte[] { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 }, mtu: 0x1234, queueSize: 8, vectors: 4, bigEndian: true);
        var card = new LegacyCard(LegacyStage.DriverKnown, machine);
        card.EnableMsix(msix);
        var bytes = Enumerable.Range(0, NetLayout.ConfigSize).Select(x => (byte)card.Driver.DeviceConfig(x, 1)).ToArray();
        // The MAC is bytes; status, max_virtqueue_pairs and mtu are words.
        Assert.That(bytes, Is.EqualTo(new byte[] { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 0, 1, 0, 0, 0x12, 0x34 }));
        for(var offset = 0; offset + 2 <= bytes.Length; offset++)
        {
            Assert.That(card.Driver.DeviceConfig(offset, 2), Is.EqualTo(bytes[offset] | (bytes[offset + 1] << 8)), "an access of any width gives the bytes as they lie (LEG-05)");
        }
        Assert.That(card.Driver.Pci.DeviceConfig(NetLayout.ConfigMtu, 2), Is.EqualTo(0x1234), "the modern interface is little-endian in any guest");
        card.Driver.Write(card.Driver.ConfigOffset, 1, 0x06);
        Assert.That(machine.Device.Mac[0], Is.EqualTo(0x06));
    }

    [Test]
    [Rule("NETL-03")]
    public void Header_OfABigEndianGuest_HasItsFieldsInItsOrder([Values] bool bigEndian)
    {
        var machine = new PciMachine(queueSize: 8, bigEndian: bigEndian);
        var card = new LegacyCard(LegacyStage.QueuesSet, machine, new FeatureSet().With(Feature.MrgRxbuf));
        var first = card.OfferBuffer(40);
        card.OfferBuffer(40);
        machine.Device.Receive(Frames.Make(60));
        Assert.That(machine.Ram.At(first + NetLayout.HeaderNumBuffers, 2).ToArray(), Is.EqualTo(bigEndian ? new byte[] { 0, 2 } : new byte[] { 2, 0 }));
    }

    private static LegacyCard Start(bool mergeable, bool anyLayout, int hostBlock)
    {
        var features = new FeatureSet();
        features = mergeable ? features.With(Feature.MrgRxbuf) : features;
        features = anyLayout ? features.With(Feature.AnyLayout) : features;
        // 180 buffers of a byte each make one chain.
        return new LegacyCard(LegacyStage.QueuesSet, new PciMachine(new GuestRam(hostBlock: hostBlock), queueSize: 256), features);
    }

    private static int[][] Cuts => Frames.Cuts.Append(new[] { 10, int.MaxValue }).ToArray();
}
