// renode-virtio-net, MIT licence: see LICENSE.
// Frames that wait for receive buffers: a bounded number, delivered in order (H-80), and each one is counted once, as
// delivered or as dropped (invariant I8).

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class ReceiveBacklogTests(bool packed) : RingFormats(packed)
{
    // 4 MiB are 64 frames of 65535 bytes; small frames are bounded in count.
    [TestCase(60, 1024)]
    [TestCase(4096, 1024)]
    [TestCase(65535, 64)]
    [Rule("H-80")]
    public void Flood_NoBuffers_KeepsSoManyAndCountsTheRest(int length, int kept)
    {
        var driver = MakeDriver(new GuestRam(1 << 23)).Start(NetDriver.AllFeatures.Without(Feature.Mtu));
        var buffer = driver.Ram.Allocate(70_000);
        for(var wave = 1U; wave <= 3; wave++)
        {
            for(var i = 0; i < kept + 100; i++)
            {
                driver.Machine.Device.Receive(Numbered(length, i));
            }
            Assert.That(driver.Counters.RxDropOverruns, Is.EqualTo(100 * wave));

            for(var i = 0; i < kept; i++)
            {
                driver.ReceiveRing.Add(new Piece(buffer, 70_000, true));
                driver.Kick(driver.ReceiveRing);
                Assert.That(driver.ReceiveRing.TryTakeUsed(out var used), Is.True);
                Assert.That((used.Length, driver.Ram.Read32(buffer + 12 + 16)), Is.EqualTo((12 + (uint)length, (uint)i)), "the oldest come first");
            }
            Assert.That(driver.Counters.RxFrames, Is.EqualTo((uint)kept * wave));
        }
    }

    [Test]
    [Rule("H-80", "SPLIT-25")]
    public void Starved_BufferAddedWithEventIdx_IsAskedForAndUsed([Values] bool race)
    {
        var driver = MakeDriver().Start();
        var availEvent = AvailEvent(driver.ReceiveRing);
        for(var i = 0; i < 300; i++)
        {
            var free = driver.ReceiveRing.FreeDescriptors;
            if(race)
            {
                // Another CPU adds the buffer while the device is about to ask for one.
                driver.Ram.Mapping = (address, length) =>
                {
                    if(address == availEvent && driver.ReceiveRing.FreeDescriptors == free)
                    {
                        driver.OfferReceive(100);
                    }
                };
            }
            driver.Machine.Device.Receive(Frames.Make(60));
            if(!race)
            {
                driver.OfferReceive(100);
                Assert.That(driver.ReceiveRing.DeviceWantsNotification(), Is.True);
                driver.Kick(driver.ReceiveRing);
            }
            driver.Machine.RunDeferred();
            Assert.That(driver.ReceiveRing.TryTakeUsed(out _), Is.True, $"frame {i} is stuck");
        }
    }

    [Test]
    [Rule("H-80")]
    public void Frames_OfAllFates_AreAccountedFor([Range(1, 10)] int seed)
    {
        var random = new Random(seed);
        var driver = MakeDriver(new GuestRam(1 << 22)).Start(queueSize: 16);
        var frames = 0UL;
        var counters = driver.Counters;
        for(var i = 0; i < 3000; i++)
        {
            switch(random.Next(20))
            {
                case 0:
                    driver.Machine.Device.LinkUp = !driver.Machine.Device.LinkUp;
                    break;
                case 1 when i % 10 == 0:
                    driver.Pci.Status = DeviceStatus.None;
                    Assert.That(Delivered(counters) + Dropped(counters), Is.EqualTo(frames), "none waits after a reset");
                    driver.Start(random.Next(2) == 0 ? null : NetDriver.AllFeatures.Without(Feature.MrgRxbuf), 16);
                    break;
                case 2:
                case 3:
                    while(driver.ReceiveRing.TryTakeUsed(out _))
                    {
                    }
                    while(driver.ReceiveRing.FreeDescriptors > 0)
                    {
                        driver.OfferReceive(random.Next(12, 300));
                    }
                    driver.Kick(driver.ReceiveRing);
                    break;
                default:
                    frames++;
                    driver.Machine.Device.Receive(Frames.Make(random.Next(50) == 0 ? 3000 : random.Next(500), i));
                    break;
            }
            driver.Machine.RunDeferred();
            Assert.That(Delivered(counters) + Dropped(counters), Is.LessThanOrEqualTo(frames));
            Assert.That(Delivered(counters) + Dropped(counters) + ReceiveBacklog.MaxFrames, Is.GreaterThanOrEqualTo(frames));
        }
        driver.Pci.Status = DeviceStatus.None;

        Assert.That(Delivered(counters) + Dropped(counters), Is.EqualTo(frames));
        Assert.That(driver.Machine.ParkedReasons, Is.Empty);
    }

    internal static ulong Delivered(NetCounters counters) => counters.RxFrames;

    /// <summary>Frames from the wire that no driver will get.</summary>
    internal static ulong Dropped(NetCounters counters)
    {
        return counters.RxDropNotReady + counters.RxDropOverruns + counters.RxDropRunt + counters.RxDropTooLong
            + counters.RxDropTooBig + counters.RxDropOtherAddress + counters.RxDropOtherVlan + counters.RxDropLinkDown;
    }

    private static byte[] Numbered(int length, int number)
    {
        var frame = Frames.Make(length);
        BitConverter.TryWriteBytes(frame.AsSpan(16), number);
        return frame;
    }
}
