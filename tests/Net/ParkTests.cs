// renode-virtio-net, MIT licence: see LICENSE.
// A ring that breaks a rule parks the device: it reports that once, touches no memory and sends no interrupt until it is reset,
// and works again afterwards (docs/conformance.md: reaction R3, invariants I6 and I7).

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

public sealed class ParkTests
{
    /// <summary>What a driver does wrong.</summary>
    public enum Sin
    {
        IndexJump,
        IndexBack,
        HeadRange,
        HeadTwice,
        NextRange,
        Loop,
        IndirectNested,
        IndirectSize,
        BufferInHole,
        BufferInOwnBar,
        BufferWraps,
        BufferGone,
        RingGone,
        ReadableAfterWritable,
    }

    [Test]
    [Rule("H-01", "H-03", "H-05", "H-07", "H-10", "H-11", "H-13", "H-15", "H-17", "H-21", "H-22", "H-24")]
    public void Device_AfterBrokenRing_SaysSoOnceKeepsStillAndResets([Values] Sin sin, [Values] bool receive, [Values] bool eventIdx)
    {
        var driver = Start(eventIdx);
        Work(driver);
        var ring = receive ? driver.Receive : driver.Transmit;
        var interrupts = driver.Machine.Interrupts;
        driver.Machine.Sent.Clear();

        Commit(driver, ring, sin, receive);
        driver.Kick(ring);
        driver.Machine.Device.Receive(Frames.Make(60));
        if(sin == Sin.BufferGone && !receive)
        {
            // The chain was sound when it was popped: a frame that cannot be read later is only dropped (reaction R2).
            Assert.That((driver.NeedsReset, driver.Counters.TxDropMalformed), Is.EqualTo((false, 1UL)));
            return;
        }

        Assert.That(driver.NeedsReset, Is.True);
        Assert.That(driver.Machine.ParkedReasons, Has.Count.EqualTo(1).And.All.Contains($"queue {ring.Index}"));
        Assert.That(driver.Machine.Interrupts, Is.EqualTo(interrupts + 1), "the configuration change notification");
        Assert.That(driver.Pci.ReadIsr() & PciLayout.IsrConfig, Is.Not.Zero);
        Assert.That(driver.Machine.Sent, Is.Empty);

        AssertStill(driver);
        driver.Ram.Unmap(0, 0);
        driver.Pci.Status = DeviceStatus.None;
        AssertStill(driver);
        Assert.That(driver.Machine.ParkedReasons, Has.Count.EqualTo(1));

        driver.Start(driver.Pci.Features);
        Work(driver);
        Assert.That(driver.Machine.ParkedReasons, Has.Count.EqualTo(1));
    }

    [Test]
    [Rule("H-14")]
    public void Receive_ReadableBuffer_Parks([Values] bool mergeable, [Values] bool writablePart, [Values] bool packed)
    {
        var driver = Start(true, mergeable, packed);
        var buffer = driver.Ram.Allocate(200);
        driver.ReceiveRing.Add(writablePart
            ? new[] { new Piece(buffer, 100, false), new Piece(buffer + 100, 100, true) }
            : new[] { new Piece(buffer, 100, false) });

        driver.Machine.Device.Receive(Frames.Make(60));

        AssertParkedUnwritten(driver, buffer, 200, "receive buffer has a device-readable");
    }

    [Test]
    [Rule("H-81")]
    public void Receive_BufferSmallerThanHeader_ParksUnlessMergeable([Values(0, 1, 11)] int room, [Values] bool mergeable, [Values] bool packed)
    {
        var driver = Start(true, mergeable, packed);
        var buffer = driver.Ram.Allocate(16);
        driver.ReceiveRing.Add(new Piece(buffer, (uint)room, true));

        driver.Machine.Device.Receive(Frames.Make(60));

        if(mergeable)
        {
            Assert.That((driver.NeedsReset, driver.ReceiveRing.UsedCount), Is.EqualTo((false, 0)));
        }
        else
        {
            AssertParkedUnwritten(driver, buffer, 16, "smaller than the virtio-net header");
        }
    }

    // An error in the transmit queue stops the receive queue, too. Frames that wait for buffers are counted as dropped at the reset.
    [Test]
    public void Park_FramesWaiting_AreCountedAtReset([Values] bool packed)
    {
        var driver = Start(true, packed: packed);
        for(var i = 0; i < 10; i++)
        {
            driver.Machine.Device.Receive(Frames.Make(60));
        }
        driver.TransmitRing.Add(new Piece(0, 100, false));
        driver.Kick(driver.TransmitRing);
        driver.OfferReceive(100);
        driver.Kick(driver.ReceiveRing);

        Assert.That((driver.Counters.RxFrames, driver.ReceiveRing.UsedCount), Is.EqualTo((0UL, 0)));
        driver.Pci.Status = DeviceStatus.None;
        Assert.That(driver.Counters.RxDropNotReady, Is.EqualTo(10));
    }

    private static RawDriver Start(bool eventIdx, bool mergeable = true, bool packed = false)
    {
        var features = eventIdx ? NetDriver.AllFeatures : NetDriver.AllFeatures.Without(Feature.EventIdx);
        return new RawDriver(packed: packed).Start(mergeable ? features : features.Without(Feature.MrgRxbuf), 8);
    }

    // Moves a frame each way, and acknowledges the interrupt.
    private static void Work(RawDriver driver)
    {
        driver.Machine.Sent.Clear();
        var buffer = driver.OfferReceive(100);
        driver.Machine.Device.Receive(Frames.Make(60, 5));
        driver.Send(Frames.Make(60, 6));
        Assert.That(driver.Receive.TryTakeUsed(out _) && driver.Transmit.TryTakeUsed(out _), Is.True);
        Assert.That(driver.Ram.At(buffer + 12, 60).ToArray(), Is.EqualTo(Frames.Make(60, 5)));
        Assert.That(driver.Machine.Sent, Is.EqualTo(new[] { Frames.Make(60, 6) }));
        Assert.That(driver.Pci.ReadIsr(), Is.Not.Zero);
    }

    private static void Commit(RawDriver driver, SplitRing ring, Sin sin, bool writable)
    {
        var buffer = driver.Place(RawDriver.Message(Frames.Make(60)));
        var kind = writable ? RingLayout.DescWrite : (ushort)0;
        void Describe(ulong address, uint length, int flags, int next = 0)
        {
            ring.WriteDescriptor(ring.DescriptorArea, 0, address, length, (ushort)flags, (ushort)next);
            ring.Offer(0);
        }
        switch(sin)
        {
            case Sin.IndexJump: ring.AvailableIndex += 9; break;
            case Sin.IndexBack: ring.AvailableIndex -= 1; break;
            case Sin.HeadRange: ring.Offer(8); break;
            case Sin.HeadTwice: Describe(buffer, 10, kind); ring.Offer(0); break;
            case Sin.NextRange: Describe(buffer, 10, kind | RingLayout.DescNext, 8); break;
            case Sin.Loop: Describe(buffer, 10, kind | RingLayout.DescNext); break;
            case Sin.IndirectNested:
                var table = driver.Ram.Allocate(16);
                ring.WriteDescriptor(table, 0, table, 16, RingLayout.DescIndirect, 0);
                Describe(table, 16, RingLayout.DescIndirect);
                break;
            case Sin.IndirectSize: Describe(buffer, 17, RingLayout.DescIndirect); break;
            case Sin.BufferInHole: Describe(0x2000_0000, 72, kind); break;
            case Sin.BufferInOwnBar: Describe(driver.Pci.BarAddresses[4], 72, kind); break;
            case Sin.BufferWraps: Describe(ulong.MaxValue - 10, 72, kind); break;
            case Sin.BufferGone: Describe(buffer, 72, kind); UnmapWhenTouched(driver.Ram, buffer); break;
            case Sin.RingGone: driver.Ram.Unmap(ring.DriverArea, 8); break;
            case Sin.ReadableAfterWritable:
                ring.WriteDescriptor(ring.DescriptorArea, 1, buffer, 10, 0, 0);
                Describe(buffer, 10, RingLayout.DescWrite | RingLayout.DescNext, 1);
                break;
        }
    }

    private static void UnmapWhenTouched(GuestRam ram, ulong buffer)
    {
        ram.Mapping = (address, length) =>
        {
            if(address >= buffer && address < buffer + 72)
            {
                ram.Unmap(buffer, 72);
            }
        };
    }

    // Whatever happens, the device accesses no memory and sends no interrupt (invariant I6).
    private static void AssertStill(RawDriver driver)
    {
        var (accesses, interrupts) = (driver.Ram.Accesses, driver.Machine.Interrupts);
        driver.Kick(driver.Receive);
        driver.Kick(driver.Transmit);
        driver.Machine.Device.Receive(Frames.Make(60));
        driver.Machine.Device.LinkUp = false;
        driver.Machine.Device.LinkUp = true;
        driver.Pci.WriteConfig(PciSpec.Command, 2, PciSpec.CommandMemory);
        driver.Pci.WriteConfig(PciSpec.Command, 2, PciSpec.CommandMemory | PciSpec.CommandBusMaster);
        driver.Machine.Card.Transport.RunDeferred();
        driver.Machine.RunDeferred();
        Assert.That((driver.Ram.Accesses, driver.Machine.Interrupts), Is.EqualTo((accesses, interrupts)));
    }

    private static void AssertParkedUnwritten(RawDriver driver, ulong buffer, int length, string reason)
    {
        Assert.That(driver.NeedsReset, Is.True);
        Assert.That(driver.Machine.ParkedReasons, Has.Count.EqualTo(1).And.All.Contains(reason));
        Assert.That(driver.Ram.At(buffer, length).ToArray(), Is.All.Zero);
        Assert.That(driver.ReceiveRing.UsedCount, Is.Zero);
    }
}
