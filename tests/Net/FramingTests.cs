// renode-virtio-net, MIT licence: see LICENSE.
// The device assumes nothing about how a message is cut. virtio v1.4-cs01: 2.7.4.1.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class FramingTests(bool packed) : RingFormats(packed)
{
    [Test]
    [Rule("SPLIT-02", "SPLIT-33", "SPLIT-11", "H-61")]
    public void Send_AnyCut_ArrivesUnchanged([ValueSource(typeof(Frames), nameof(Frames.Cuts))] int[] cut,
        [Values] bool indirect, [Values(1, 5, int.MaxValue)] int hostBlock)
    {
        var driver = Start(hostBlock);
        var frame = Frames.Make(150);
        var header = Enumerable.Repeat((byte)0xFF, NetLayout.HeaderSize).ToArray();
        header[NetLayout.HeaderGsoType] = 0;

        Add(driver.TransmitRing, indirect, Frames.Cut(driver.Ram, header.Concat(frame).ToArray(), cut, false));
        driver.Kick(driver.TransmitRing);

        Assert.That(driver.Machine.Sent, Is.EqualTo(new[] { frame }));
        Assert.That(driver.TransmitRing.TryTakeUsed(out var used), Is.True);
        Assert.That(used.Length, Is.Zero);
    }

    [Test]
    [Rule("SPLIT-02", "SPLIT-33", "SPLIT-11", "SPLIT-19", "H-30", "NET-38")]
    public void Receive_AnyCut_ArrivesUnchangedAndCounted([ValueSource(typeof(Frames), nameof(Frames.Cuts))] int[] cut,
        [Values] bool indirect, [Values] bool mergeable, [Values(1, 5, int.MaxValue)] int hostBlock)
    {
        var driver = Start(hostBlock, mergeable);
        var frame = Frames.Make(150);
        var room = Enumerable.Repeat(RawDriver.Poison, 180).ToArray();
        var pieces = Frames.Cut(driver.Ram, room, cut, true);

        Add(driver.ReceiveRing, indirect, pieces);
        driver.Machine.Device.Receive(frame);

        Assert.That(driver.ReceiveRing.TryTakeUsed(out var used), Is.True);
        Assert.That(used.Length, Is.EqualTo(NetLayout.HeaderSize + frame.Length));
        var expected = RawDriver.Message(frame).Concat(room).Take(180).ToArray();
        expected[NetLayout.HeaderNumBuffers] = 1;
        Assert.That(Frames.Gather(driver.Ram, pieces), Is.EqualTo(expected));
    }

    [Test]
    [Rule("SPLIT-02", "H-61")]
    public void RoundTrip_RandomCutsBothWays_IsALinearCopy([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        var driver = MakeDriver(new GuestRam(1 << 20, hostBlock: random.Next(1, 100))).Start();
        driver.Machine.Wire = driver.Machine.Device.Receive;
        for(var i = 0; i < 20; i++)
        {
            var frame = Frames.Make(random.Next(60, 1515), i);
            var buffers = new List<Piece>();
            for(var room = 0; room < frame.Length + NetLayout.HeaderSize;)
            {
                var buffer = Frames.Cut(driver.Ram, new byte[random.Next(1, 800)], RandomCut(random), true);
                buffers.AddRange(buffer);
                room += buffer.Sum(x => (int)x.Length);
                Add(driver.ReceiveRing, random.Next(2) == 0, buffer);
            }
            Add(driver.TransmitRing, random.Next(2) == 0, Frames.Cut(driver.Ram, RawDriver.Message(frame), RandomCut(random), false));
            driver.Kick(driver.TransmitRing);

            var length = 0U;
            while(driver.ReceiveRing.TryTakeUsed(out var used))
            {
                length += used.Length;
            }
            driver.TransmitRing.TryTakeUsed(out _);
            Assert.That(length, Is.EqualTo(frame.Length + NetLayout.HeaderSize));
            Assert.That(Frames.Gather(driver.Ram, buffers).Skip(NetLayout.HeaderSize).Take(frame.Length), Is.EqualTo(frame));
        }
    }

    private RawDriver Start(int hostBlock, bool mergeable = true)
    {
        var features = mergeable ? NetDriver.AllFeatures : NetDriver.AllFeatures.Without(Feature.MrgRxbuf);
        return MakeDriver(new GuestRam(hostBlock: hostBlock)).Start(features);
    }

    private static void Add(IDriverRing ring, bool indirect, Piece[] pieces)
    {
        if(indirect)
        {
            ring.AddIndirect(pieces);
        }
        else
        {
            ring.Add(pieces);
        }
    }

    private static int[] RandomCut(Random random)
    {
        return Enumerable.Range(0, 6).Select(x => random.Next(0, 40)).Append(random.Next(100, 1000)).ToArray();
    }
}
