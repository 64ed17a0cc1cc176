// renode-virtio-net, MIT licence: see LICENSE.
// However often the driver notifies and refills the queue, each notification does bounded work, and the rest is done later.
// Hazards H-55, H-56 (interrupts), H-73 (a driver that refills for ever).

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class TransmitBudgetTests(bool packed) : RingFormats(packed)
{
    [Test]
    [Rule("H-55", "H-73")]
    public void Drain_AQueueSizeOfChains_DefersTheRest([Values] bool eventIdx)
    {
        var driver = Start(eventIdx);
        Fill(driver, Size);
        driver.Kick(driver.TransmitRing);
        Assert.That(driver.Machine.Sent, Has.Count.EqualTo(Size));
        Assert.That(driver.Machine.WorkPending, Is.True);

        // From here on there is no notification: the device looks at the queue by itself.
        Refill(driver, 5);
        Assert.That(driver.Machine.Sent, Has.Count.EqualTo(Size));
        driver.Machine.RunDeferred();

        Assert.That(driver.Machine.Sent, Has.Count.EqualTo(Size + 5));
        Assert.That(driver.TransmitRing.UsedCount, Is.EqualTo(Size + 5));
    }

    [Test]
    [Rule("H-55")]
    public void Drain_FewerThanAQueueSize_DefersNothing([Values] bool eventIdx)
    {
        var driver = Start(eventIdx);
        Fill(driver, Size - 1);
        driver.Kick(driver.TransmitRing);

        Assert.That(driver.Machine.Sent, Has.Count.EqualTo(Size - 1));
        Assert.That(driver.Machine.WorkPending, Is.False);
    }

    [Test]
    [Rule("H-55", "H-73")]
    public void RunDeferred_DriverRefillsForEver_DoesABoundedShareEachTime()
    {
        var driver = Start(true);
        Fill(driver, Size);
        driver.Kick(driver.TransmitRing);
        for(var i = 1; i < 100; i++)
        {
            Refill(driver, Size);
            Assert.That(driver.Machine.Sent, Has.Count.EqualTo(i * Size));
            driver.Machine.Card.Transport.RunDeferred();
        }
        Assert.That(driver.Machine.Sent, Has.Count.EqualTo(100 * Size));
    }

    // The driver adds a chain on another CPU with no kick, since it sees the old avail_event.
    [Test]
    [Rule("SPLIT-25", "H-27")]
    public void Drain_DriverAddsWhileNotificationsAreEnabled_SendsIt()
    {
        var driver = Start(true);
        var availEvent = AvailEvent(driver.TransmitRing);
        driver.Send(Frames.Make(60));
        var left = 3;
        driver.Ram.Mapping = (address, length) =>
        {
            if(address == availEvent && left > 0)
            {
                left--;
                Fill(driver, 1);
                Assert.That(driver.TransmitRing.DeviceWantsNotification(), Is.False);
            }
        };
        Fill(driver, 1);
        Assert.That(driver.TransmitRing.DeviceWantsNotification(), Is.True);
        driver.Kick(driver.TransmitRing);

        Assert.That(driver.Machine.Sent, Has.Count.EqualTo(5));
    }

    [Test]
    [Rule("SPLIT-26", "H-55")]
    public void Kick_NothingThere_CostsLittleAndDoesNothing([Values] bool eventIdx)
    {
        var driver = Start(eventIdx);
        var accesses = driver.Ram.Accesses;
        for(var i = 0; i < 10_000; i++)
        {
            driver.Kick(i % 2 == 0 ? driver.ReceiveRing : driver.TransmitRing);
        }
        Assert.That(driver.Ram.Accesses - accesses, Is.LessThan(60_000));
        Assert.That((driver.Machine.Interrupts, driver.Machine.WorkPending, driver.NeedsReset), Is.EqualTo((0, false, false)));

        driver.Send(Frames.Make(60));
        Assert.That(driver.Machine.Sent, Has.Count.EqualTo(1));
    }

    [Test]
    [Rule("H-56", "SPLIT-14")]
    public void Drain_Batch_RaisesTheLineOnce()
    {
        var driver = Start(false);
        Fill(driver, Size);
        driver.Kick(driver.TransmitRing);
        Assert.That(driver.Machine.Interrupts, Is.EqualTo(1));

        // Not acknowledged: the level stays, no edge comes.
        Refill(driver, Size);
        driver.Kick(driver.TransmitRing);
        Assert.That((driver.Machine.Interrupts, driver.Machine.Lines[MachineLine]), Is.EqualTo((1, true)));

        Assert.That(driver.Pci.ReadIsr(), Is.EqualTo(1));
        Assert.That((driver.Machine.Lines[MachineLine], driver.Pci.ReadIsr()), Is.EqualTo((false, (byte)0)));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(100)]
    [TestCase(256)]
    [TestCase(32768)]
    [Rule("SPLIT-01", "SPLIT-30")]
    public void Queue_EachSize_MovesSeveralFillings(int size)
    {
        var driver = MakeDriver(new GuestRam(1 << 23), queueSize: size).Start();
        // A split ring takes the next lower power of two.
        size = driver.TransmitRing.Size;
        var sent = 0;
        driver.Machine.Wire = frame =>
        {
            sent++;
            driver.Machine.Device.Receive(frame);
        };
        var message = driver.Place(RawDriver.Message(Frames.Make(60)));
        var buffer = driver.Ram.Allocate(128);
        for(var round = 0; round < 3; round++)
        {
            for(var i = 0; i < size; i++)
            {
                driver.ReceiveRing.Add(new Piece(buffer, 128, true));
                driver.TransmitRing.Add(new Piece(message, 72, false));
            }
            driver.Kick(driver.TransmitRing);
            driver.Machine.RunDeferred();
            Take(driver.TransmitRing);
            Take(driver.ReceiveRing);
        }

        Assert.That(sent, Is.EqualTo(3 * size));
        Assert.That((driver.ReceiveRing.UsedCount, driver.TransmitRing.UsedCount), Is.EqualTo((3 * size, 3 * size)));
        Assert.That(driver.Counters.RxFrames, Is.EqualTo(3 * size));
    }

    private RawDriver Start(bool eventIdx)
    {
        return MakeDriver().Start(eventIdx ? NetDriver.AllFeatures : NetDriver.AllFeatures.Without(Feature.EventIdx), Size);
    }

    private static void Fill(RawDriver driver, int count)
    {
        for(var i = 0; i < count; i++)
        {
            driver.Offer(RawDriver.Message(Frames.Make(60)));
        }
    }

    private static void Refill(RawDriver driver, int count)
    {
        Take(driver.TransmitRing);
        Fill(driver, count);
    }

    private static void Take(IDriverRing ring)
    {
        while(ring.TryTakeUsed(out _))
        {
        }
    }

    private const int Size = 8;
    // Slot 1, pin A: swizzled to line B.
    private const int MachineLine = 1;
}
