// renode-virtio-net, MIT licence: see LICENSE.
// Notifications that wait until there are more to tell, or until their time has come. virtio v1.4-cs01: 5.1.9.5.10.

using System.Buffers.Binary;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class CoalescingTests(bool packed) : RingFormats(packed)
{
    [Test]
    [Rule("NET-141")]
    public void Frames_Received_AreToldWhenThereAreEnough([Values(1U, 2U, 5U)] uint packets)
    {
        var driver = Start();
        SetAll(driver, ControlLayout.CoalescingReceiveSet, packets, 1000);
        for(var i = 1U; i <= 3 * packets; i++)
        {
            driver.Machine.Device.Receive(Frames.Make(60));
            Assert.That(Interrupts(driver, NetLayout.ReceiveQueue), Is.EqualTo(i / packets), $"frame {i}");
        }
    }

    [Test]
    [Rule("NET-141")]
    public void Frames_Received_AreToldAtTheLatestWhenTheTimeOfTheFirstHasCome()
    {
        var driver = Start();
        SetAll(driver, ControlLayout.CoalescingReceiveSet, 100, 50);
        for(var batch = 1U; batch <= 3; batch++)
        {
            driver.Machine.Device.Receive(Frames.Make(60));
            driver.Machine.Pass(49);
            driver.Machine.Device.Receive(Frames.Make(60));
            Assert.That(Interrupts(driver, NetLayout.ReceiveQueue), Is.EqualTo(batch - 1), "a microsecond too early");
            driver.Machine.Pass(1);
            Assert.That(Interrupts(driver, NetLayout.ReceiveQueue), Is.EqualTo(batch));
            driver.Machine.Pass(1000);
            Assert.That(Interrupts(driver, NetLayout.ReceiveQueue), Is.EqualTo(batch), "there is nothing more to tell");
        }
    }

    // The time counts from the first frame that is not told, not from one that was told because there were enough.
    [Test]
    public void Frames_AfterABatch_HaveTheirOwnTime()
    {
        var driver = Start();
        SetAll(driver, ControlLayout.CoalescingReceiveSet, 2, 50);
        driver.Machine.Device.Receive(Frames.Make(60));
        driver.Machine.Pass(30);
        driver.Machine.Device.Receive(Frames.Make(60));
        Assert.That(Interrupts(driver, NetLayout.ReceiveQueue), Is.EqualTo(1));
        driver.Machine.Device.Receive(Frames.Make(60));
        driver.Machine.Pass(49);
        Assert.That(Interrupts(driver, NetLayout.ReceiveQueue), Is.EqualTo(1));
        driver.Machine.Pass(1);
        Assert.That(Interrupts(driver, NetLayout.ReceiveQueue), Is.EqualTo(2));
    }

    [Test]
    public void Queues_WaitEachForItself()
    {
        var driver = Start();
        SetAll(driver, ControlLayout.CoalescingReceiveSet, 100, 500);
        SetAll(driver, ControlLayout.CoalescingTransmitSet, 100, 20);
        driver.Machine.Device.Receive(Frames.Make(60));
        driver.Machine.Pass(10);
        driver.Send(Frames.Make(60));
        driver.Machine.Pass(20);
        Assert.That((Interrupts(driver, NetLayout.ReceiveQueue), Interrupts(driver, NetLayout.TransmitQueue)), Is.EqualTo((0UL, 1UL)));
        driver.Machine.Pass(469);
        Assert.That(Interrupts(driver, NetLayout.ReceiveQueue), Is.Zero);
        driver.Machine.Pass(1);
        Assert.That(Interrupts(driver, NetLayout.ReceiveQueue), Is.EqualTo(1));
    }

    [TestCase(0U, 10U)]
    [TestCase(10U, 0U)]
    [Rule("NET-141")]
    public void Frames_WithOneBoundOfZero_AreToldAtOnce(uint packets, uint microseconds)
    {
        var driver = Start();
        SetAll(driver, ControlLayout.CoalescingReceiveSet, packets, microseconds);
        driver.Machine.Device.Receive(Frames.Make(60));
        Assert.That(Interrupts(driver, NetLayout.ReceiveQueue), Is.EqualTo(1));
        Assert.That(driver.Machine.Alarm, Is.EqualTo(ulong.MaxValue));
    }

    // 5.1.9.5.10.4: what has waited is told at once if the new bounds are reached already.
    [TestCase(2U, 1000U, true)]
    [TestCase(3U, 1000U, false)]
    [TestCase(100U, 30U, true)]
    [TestCase(100U, 31U, false)]
    [TestCase(0U, 0U, true)]
    [Rule("NET-141")]
    public void Bounds_ThatChange_CountForWhatWaits(uint packets, uint microseconds, bool isTold)
    {
        var driver = Start();
        SetAll(driver, ControlLayout.CoalescingReceiveSet, 100, 1000);
        driver.Machine.Device.Receive(Frames.Make(60));
        driver.Machine.Pass(30);
        driver.Machine.Device.Receive(Frames.Make(60));
        SetAll(driver, ControlLayout.CoalescingReceiveSet, packets, microseconds);
        Assert.That(Interrupts(driver, NetLayout.ReceiveQueue), Is.EqualTo(isTold ? 1 : 0));
        driver.Machine.Pass(970);
        Assert.That(Interrupts(driver, NetLayout.ReceiveQueue), Is.EqualTo(1), "and nothing waits for ever");
    }

    // The driver looks at the ring by itself meanwhile, and wants no notification any more.
    [Test]
    [Rule("NET-139")]
    public void Driver_ThatHasFoundThemAlready_IsNotTold()
    {
        var driver = Start(NetDriver.AllFeatures.Without(Feature.EventIdx));
        SetAll(driver, ControlLayout.CoalescingReceiveSet, 100, 50);
        driver.Machine.Device.Receive(Frames.Make(60));
        driver.ReceiveRing.WantsNotifications = false;
        driver.Machine.Pass(50);
        Assert.That(Interrupts(driver, NetLayout.ReceiveQueue), Is.Zero);
    }

    [Test]
    [Rule("NET-132")]
    public void Queue_OfItsOwn_HasTheBoundsThatWereSetLast()
    {
        var driver = Start();
        SetAll(driver, ControlLayout.CoalescingReceiveSet, 5, 6);
        Assert.That(Bounds(driver, 0), Is.EqualTo((5, 6)));
        Assert.That(Bounds(driver, 1), Is.EqualTo((0, 0)));
        Assert.That(driver.Control.Send(ControlLayout.ClassCoalescing, ControlLayout.CoalescingQueueSet, QueueData(1, 7, 8, 0xFFFF)), Is.EqualTo(ControlLayout.Ok), "reserved is ignored");
        Assert.That(Bounds(driver, 1), Is.EqualTo((7, 8)));
        Assert.That(Bounds(driver, 0), Is.EqualTo((5, 6)));
        SetAll(driver, ControlLayout.CoalescingTransmitSet, 9, 10);
        Assert.That(Bounds(driver, 1), Is.EqualTo((9, 10)));
    }

    [TestCase(2, TestName = "Queue_OfCommands_HasNoBounds")]
    [TestCase(3, TestName = "Queue_ThatIsNotThere_HasNoBounds")]
    [TestCase(0xFFFF, TestName = "Queue_OfTheHighestNumber_HasNoBounds")]
    [Rule("NET-135", "H-98")]
    public void Queue_ThatHasNone(int queue)
    {
        var driver = Start();
        Assert.That(driver.Control.Send(ControlLayout.ClassCoalescing, ControlLayout.CoalescingQueueSet, QueueData(queue, 7, 8)), Is.EqualTo(ControlLayout.Error));
        Assert.That(driver.Control.Ask(ControlLayout.ClassCoalescing, ControlLayout.CoalescingQueueGet, 8, QueueData(queue, 0, 0)[..4]), Is.Null);
    }

    [TestCase(0, 7)]
    [TestCase(0, 9)]
    [TestCase(1, 0)]
    [TestCase(2, 11)]
    [TestCase(2, 13)]
    [TestCase(3, 3)]
    [TestCase(3, 5)]
    [TestCase(4, 8)]
    [Rule("NET-133", "NET-134")]
    public void Command_OfAnotherLengthOrNumber_IsRefused(int command, int length)
    {
        var driver = Start();
        Assert.That(driver.Control.Send(ControlLayout.ClassCoalescing, (byte)command, new byte[length]), Is.EqualTo(ControlLayout.Error));
    }

    [TestCase(Feature.NotfCoal, ControlLayout.CoalescingReceiveSet, 8)]
    [TestCase(Feature.NotfCoal, ControlLayout.CoalescingTransmitSet, 8)]
    [TestCase(Feature.VqNotfCoal, ControlLayout.CoalescingQueueSet, 12)]
    public void Command_WithoutItsFeature_IsRefused(Feature missing, byte command, int length)
    {
        var driver = MakeDriver().Start(All.Without(missing));
        Assert.That(driver.Control.Send(ControlLayout.ClassCoalescing, command, new byte[length]), Is.EqualTo(ControlLayout.Error));
    }

    // A queue that was reset has what all of its kind have; a device that was reset has nothing.
    [Test]
    [Rule("NET-136", "NET-137", "NET-140")]
    public void Reset_OfAQueueOrTheDevice_UndoesTheBounds()
    {
        var driver = Start();
        SetAll(driver, ControlLayout.CoalescingReceiveSet, 5, 6);
        driver.Control.Send(ControlLayout.ClassCoalescing, ControlLayout.CoalescingQueueSet, QueueData(0, 7, 8));
        driver.Control.Send(ControlLayout.ClassCoalescing, ControlLayout.CoalescingTransmitSet, Numbers(3, 4));
        driver.Control.Send(ControlLayout.ClassCoalescing, ControlLayout.CoalescingQueueSet, QueueData(1, 7, 8));
        driver.Machine.Transport.ResetQueue(0, 1);
        driver.Machine.Transport.ResetQueue(1, 1);
        Assert.That(driver.Control.Ask(ControlLayout.ClassCoalescing, ControlLayout.CoalescingQueueGet, 8, QueueData(0, 0, 0)[..4]), Is.Null, "it is not enabled");
        driver.Transport.SetupRing(0);
        driver.Transport.SetupRing(1);
        Assert.That((Bounds(driver, 0), Bounds(driver, 1)), Is.EqualTo(((5, 6), (3, 4))));
        driver.Start(All);
        Assert.That(Bounds(driver, 0), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Reset_OfTheDevice_LetsNothingWait()
    {
        var driver = Start();
        SetAll(driver, ControlLayout.CoalescingReceiveSet, 5, 60);
        driver.Machine.Device.Receive(Frames.Make(60));
        driver.Transport.Status = DeviceStatus.None;
        driver.Machine.Pass(100);
        Assert.That(Interrupts(driver, NetLayout.ReceiveQueue), Is.Zero);
        driver.Start(All);
        SetAll(driver, ControlLayout.CoalescingReceiveSet, 5, 60);
        driver.OfferReceive(2000);
        driver.Machine.Device.Receive(Frames.Make(60));
        driver.Machine.Pass(60);
        Assert.That(Interrupts(driver, NetLayout.ReceiveQueue), Is.EqualTo(1));
    }

    private RawDriver Start(FeatureSet? features = null)
    {
        var driver = MakeDriver().Start(features == null ? All : features.Value.With(Feature.CtrlVq).With(Feature.NotfCoal));
        for(var i = 0; i < 20; i++)
        {
            driver.OfferReceive(2000);
        }
        return driver;
    }

    private static void SetAll(RawDriver driver, byte command, uint packets, uint microseconds)
    {
        Assert.That(driver.Control.Send(ControlLayout.ClassCoalescing, command, Numbers(packets, microseconds)), Is.EqualTo(ControlLayout.Ok));
    }

    private static (int Packets, int Microseconds) Bounds(RawDriver driver, int queue)
    {
        var result = driver.Control.Ask(ControlLayout.ClassCoalescing, ControlLayout.CoalescingQueueGet, 8, QueueData(queue, 0, 0)[..4])!;
        Assert.That(result, Has.Length.EqualTo(8));
        return (BinaryPrimitives.ReadInt32LittleEndian(result), BinaryPrimitives.ReadInt32LittleEndian(result.AsSpan(4)));
    }

    private static byte[] QueueData(int queue, uint packets, uint microseconds, ushort reserved = 0)
    {
        return [.. BitConverter.GetBytes((ushort)queue), .. BitConverter.GetBytes(reserved), .. Numbers(packets, microseconds)];
    }

    private static byte[] Numbers(uint packets, uint microseconds) => [.. BitConverter.GetBytes(packets), .. BitConverter.GetBytes(microseconds)];

    private static ulong Interrupts(RawDriver driver, int queue) => driver.Machine.Transport.CountersOf(queue).Interrupts;

    private static readonly FeatureSet All = NetDriver.AllFeatures.With(Feature.CtrlVq).With(Feature.NotfCoal).With(Feature.VqNotfCoal).With(Feature.RingReset).Without(Feature.EventIdx);
}
