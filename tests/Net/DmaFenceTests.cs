// renode-virtio-net, MIT licence: see LICENSE.
// What the device may write: device-writable buffers, used elements or descriptors, and its event fields; nothing else
// (invariant I3). It never reaches registers by DMA (H-15), and survives buffers that lie over rings (H-16).

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

public sealed class DmaFenceTests
{
    [Test]
    [Rule("SPLIT-04", "SPLIT-07", "SPLIT-22", "SPLIT-24", "H-10", "H-89")]
    public void Traffic_BothWays_WritesOnlyWhatIsTheDevices([Values] bool packed, [Values] bool eventIdx, [Values] bool mergeable, [Values(1, 64, int.MaxValue)] int hostBlock)
    {
        var features = eventIdx ? NetDriver.AllFeatures : NetDriver.AllFeatures.Without(Feature.EventIdx);
        var driver = new RawDriver(new PciMachine(new GuestRam(1 << 18, hostBlock: hostBlock), features: packed ? "+RING_PACKED" : ""), packed: packed)
            .Start(mergeable ? features : features.Without(Feature.MrgRxbuf), 128);
        var allowed = new List<(ulong Address, ulong Length)>();
        foreach(var ring in new[] { driver.ReceiveRing, driver.TransmitRing })
        {
            allowed.AddRange(packed ? PackedAreas(ring, eventIdx) : SplitAreas(ring, eventIdx));
        }
        driver.Ram.WrittenRanges = new();
        for(var i = 0; i < 100; i++)
        {
            allowed.Add((driver.OfferReceive(200), 72));
            driver.TransmitRing.AddIndirect(Frames.Cut(driver.Ram, RawDriver.Message(Frames.Make(60)), Frames.Cuts[i % Frames.Cuts.Length], false));
            var before = driver.Ram.At(driver.Ram.Base, 1 << 18).ToArray();
            driver.Ram.WrittenRanges.Clear();

            driver.Machine.Device.Receive(Frames.Make(60, i));
            driver.Kick(driver.TransmitRing);

            var told = new HashSet<ulong>();
            foreach(var (address, length) in driver.Ram.WrittenRanges)
            {
                Assert.That(allowed.Any(x => address >= x.Address && address + (uint)length <= x.Address + x.Length), $"0x{address:X}, {length} bytes");
                told.UnionWith(Enumerable.Range(0, length).Select(x => address + (uint)x));
            }
            var after = driver.Ram.At(driver.Ram.Base, 1 << 18);
            for(var offset = 0; offset < before.Length; offset++)
            {
                if(before[offset] != after[offset] && !told.Contains(driver.Ram.Base + (uint)offset))
                {
                    Assert.Fail($"offset 0x{offset:X} was changed, and the memory was not told of it");
                }
            }
            Assert.That(driver.ReceiveRing.TryTakeUsed(out _) && driver.TransmitRing.TryTakeUsed(out _), Is.True);
        }
    }

    // A descriptor at a structure of the card's own BAR: common configuration (device_status), ISR, device
    // configuration, doorbells. DMA that went through the bus would reset the card or recurse.
    [Test]
    [Rule("H-10", "H-15")]
    public void Descriptor_AtOwnBar_IsAnErrorNotAnAccess([Values(0x14, 0x1000, 0x2000, 0x3000, 0x3004)] int register, [Values] bool receive, [Values] bool indirect, [Values] bool packed)
    {
        var driver = new RawDriver(packed: packed).Start();
        driver.OfferReceive(100);
        driver.Machine.Device.Receive(Frames.Make(60));
        var misuses = driver.Machine.Misuses.Count;
        var target = driver.Pci.BarAddresses[4] + (uint)register;
        var ring = receive ? driver.ReceiveRing : driver.TransmitRing;

        if(indirect)
        {
            ring.AddIndirect(new Piece(target, 100, receive));
        }
        else
        {
            ring.Add(new Piece(target, 100, receive));
        }
        driver.Kick(ring);
        driver.Machine.Device.Receive(new byte[60]);

        Assert.That(driver.Machine.ParkedReasons, Has.Count.EqualTo(1).And.All.Contains("the buffer is not in RAM"));
        Assert.That(driver.Machine.Misuses, Has.Count.EqualTo(misuses), "no register was accessed");
        Assert.That(driver.Pci.Status & DeviceStatus.DriverOk, Is.Not.Zero);
        Assert.That(driver.Pci.ReadIsr(), Is.EqualTo(PciLayout.IsrQueue | PciLayout.IsrConfig), "a read by DMA would have cleared it");
        Assert.That(driver.Machine.Sent, Is.Empty);
    }

    /// <summary>The area that the receive buffer lies over: of the receive queue, or of the transmit queue.</summary>
    public enum Place
    {
        OwnDescriptorTable,
        OwnAvailableRing,
        OwnUsedRing,
        OtherDescriptorTable,
        OtherUsedRing,
    }

    // The driver may do this (H-16), though it destroys its rings. The device writes only what it may, and works after a reset.
    [Test]
    [Rule("H-16", "H-43")]
    public void ReceiveBuffer_OverARing_DoesNoHarm([Values] Place place, [Values(0x00, 0x01, 0xFF)] int content)
    {
        var driver = new RawDriver().Start(queueSize: 8);
        var (own, other) = (driver.Receive, driver.Transmit);
        var target = place switch
        {
            Place.OwnDescriptorTable => own.DescriptorArea,
            Place.OwnAvailableRing => own.DriverArea,
            Place.OwnUsedRing => own.DeviceArea,
            Place.OtherDescriptorTable => other.DescriptorArea,
            _ => other.DeviceArea,
        };
        for(var i = 0; i < 4; i++)
        {
            own.Add(new Piece(target, 72, true));
        }
        driver.Ram.WrittenRanges = new();
        for(var i = 0; i < 8; i++)
        {
            driver.Offer(RawDriver.Message(Frames.Make(60)));
            driver.Machine.Device.Receive(Enumerable.Repeat((byte)content, 60).ToArray());
            driver.Kick(other);
            driver.Machine.RunDeferred();
        }

        foreach(var (address, length) in driver.Ram.WrittenRanges)
        {
            var inside = new[] { (target, 72UL), (own.DeviceArea + 2, 68UL), (other.DeviceArea + 2, 68UL) };
            Assert.That(inside.Any(x => address >= x.Item1 && address + (uint)length <= x.Item1 + x.Item2), $"0x{address:X}, {length} bytes");
        }
        if(place == Place.OwnUsedRing)
        {
            // The device writes the data, then the used element, then the used index, which overwrites the data.
            Assert.That(own.UsedIndex, Is.EqualTo(4));
        }
        driver.Pci.Status = DeviceStatus.None;
        driver.Start();
        driver.Machine.Sent.Clear();
        driver.Send(Frames.Make(60));
        Assert.That(driver.Machine.Sent, Is.EqualTo(new[] { Frames.Make(60) }));
    }

    // Used ring without its flags; avail_event.
    private static IEnumerable<(ulong, ulong)> SplitAreas(IDriverRing ring, bool eventIdx)
    {
        yield return (ring.DeviceArea + RingLayout.RingIdx, (uint)(2 + RingLayout.UsedEntrySize * ring.Size));
        yield return (ring.DeviceArea + RingLayout.RingEntries + (uint)(RingLayout.UsedEntrySize * ring.Size), eventIdx ? 2U : 0U);
    }

    // Length, id and flags of each descriptor; the device event suppression structure.
    private static IEnumerable<(ulong, ulong)> PackedAreas(IDriverRing ring, bool eventIdx)
    {
        for(var i = 0; i < ring.Size; i++)
        {
            yield return (ring.DescriptorArea + (uint)(RingLayout.DescriptorSize * i) + RingLayout.DescriptorLen, 8);
        }
        yield return (ring.DeviceArea, eventIdx ? 4U : 0U);
    }
}
