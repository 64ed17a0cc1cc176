// renode-virtio-net, MIT licence: see LICENSE.
// A network that has no room: packets that it refuses stay in the transmit queue and leave later, each once and in order.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class BackPressureTests(bool packed) : RingFormats(packed)
{
    [Test]
    [Rule("H-55", "H-73")]
    public void Send_WireHasNoRoom_LeavesTheRestInTheQueueAndDefers([Values] bool eventIdx, [Values(0, 1, 7)] int room)
    {
        var driver = Start(eventIdx);
        var wire = new NarrowWire { Room = room };
        driver.Machine.Network = wire;
        Offer(driver, 0, 10);

        driver.Kick(driver.TransmitRing);

        Assert.That((wire.Taken.Count, driver.TransmitRing.UsedCount, driver.Counters.TxFrames), Is.EqualTo((room, room, (ulong)room)));
        Assert.That((driver.Machine.WorkPending, driver.NeedsReset), Is.EqualTo((true, false)));

        wire.Room = int.MaxValue;
        driver.Machine.RunDeferred();

        Assert.That(wire.Taken, Is.EqualTo(Enumerable.Range(0, 10)));
        Assert.That(driver.TransmitRing.UsedCount, Is.EqualTo(10));
        Assert.That(driver.Machine.WorkPending, Is.False);
    }

    // While work is deferred, the device looks at the queue again by itself and asks the driver for no notification. When it
    // has sent everything, it asks again.
    [Test]
    [Rule("H-55", "SPLIT-25")]
    public void Send_WhileTheRestIsDeferred_AsksForNoNotification()
    {
        var driver = Start(true);
        var wire = new NarrowWire { Room = 1 };
        driver.Machine.Network = wire;
        Offer(driver, 0, 2);
        driver.Kick(driver.TransmitRing);
        driver.TransmitRing.DeviceWantsNotification();

        Offer(driver, 2, 1);
        Assert.That(driver.TransmitRing.DeviceWantsNotification(), Is.False);

        wire.Room = int.MaxValue;
        driver.Machine.RunDeferred();
        Offer(driver, 3, 1);
        Assert.That(driver.TransmitRing.DeviceWantsNotification(), Is.True);
        driver.Kick(driver.TransmitRing);
        Assert.That(wire.Taken, Is.EqualTo(Enumerable.Range(0, 4)));
    }

    [Test]
    [Rule("H-73")]
    public void Send_WireWithRoomNowAndThen_SendsEachPacketOnceInOrder([Range(1, 10)] int seed, [Values] bool inOrder)
    {
        var random = new Random(seed);
        var machine = new PciMachine(new GuestRam(4 << 20), queueSize: 64, features: (UsesPackedRings ? "+RING_PACKED" : "") + (inOrder ? " +IN_ORDER" : ""));
        var features = inOrder ? NetDriver.AllFeatures.With(Feature.InOrder) : NetDriver.AllFeatures;
        var driver = new RawDriver(machine, packed: UsesPackedRings).Start(features);
        var wire = new NarrowWire();
        machine.Network = wire;
        var offered = 0;
        for(var i = 0; i < 500; i++)
        {
            wire.Room = random.Next(3) == 0 ? 0 : random.Next(40);
            if(random.Next(2) == 0)
            {
                while(driver.TransmitRing.TryTakeUsed(out _))
                {
                }
                var count = Math.Min(random.Next(40), driver.TransmitRing.FreeDescriptors / 2);
                Offer(driver, offered, count, random.Next(2) == 0);
                offered += count;
                driver.Kick(driver.TransmitRing);
            }
            else
            {
                machine.RunDeferredOnce();
            }
        }
        wire.Room = int.MaxValue;
        machine.RunDeferred();

        Assert.That(wire.Taken, Is.EqualTo(Enumerable.Range(0, offered)));
        Assert.That((driver.Counters.TxFrames, driver.Machine.ParkedReasons.Count), Is.EqualTo(((ulong)offered, 0)));
    }

    [Test]
    [Rule("H-107")]
    public void Send_ResetWhileTheWireHasNoRoom_ForgetsWhatWaits()
    {
        var driver = Start(true);
        var wire = new NarrowWire();
        driver.Machine.Network = wire;
        Offer(driver, 0, 5);
        driver.Kick(driver.TransmitRing);

        driver.Transport.Status = DeviceStatus.None;
        wire.Room = int.MaxValue;
        driver.Machine.RunDeferred();
        Assert.That(wire.Taken, Is.Empty);

        driver.Start();
        Offer(driver, 7, 1);
        driver.Kick(driver.TransmitRing);
        Assert.That(wire.Taken, Is.EqualTo(new[] { 7 }));
    }

    private RawDriver Start(bool eventIdx)
    {
        return MakeDriver().Start(eventIdx ? NetDriver.AllFeatures : NetDriver.AllFeatures.Without(Feature.EventIdx));
    }

    // Makes frames available that hold the numbers from first on, so many.
    private static void Offer(RawDriver driver, int first, int count, bool inTwoBuffers = false)
    {
        for(var i = first; i < first + count; i++)
        {
            var frame = new byte[60];
            BitConverter.TryWriteBytes(frame.AsSpan(14), i);
            var message = RawDriver.Message(frame);
            var at = driver.Place(message);
            driver.TransmitRing.Add(inTwoBuffers
                ? new[] { new Piece(at, 12, false), new Piece(at + 12, 60, false) }
                : new[] { new Piece(at, 72, false) });
        }
    }

    private sealed class NarrowWire : IPacketSink
    {
        public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload)
        {
            if(Room == 0)
            {
                return false;
            }
            Room--;
            Taken.Add(BitConverter.ToInt32(packet[14..]));
            return true;
        }

        public int Room { get; set; }

        public List<int> Taken { get; } = new();
    }
}
