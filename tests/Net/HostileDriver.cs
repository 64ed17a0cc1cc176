// renode-virtio-net, MIT licence: see LICENSE.
// A driver that writes random things into its rings, chosen by a seed, and checks that the device keeps the invariants of
// docs/conformance.md. Device-writable descriptors point into the last zone of RAM or out of RAM, so it is known which bytes
// the device may write, whatever the chains are.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

/// <summary>One card with hostile rings. <see cref="Run"/> checks invariants I3 to I8 after every step.</summary>
internal sealed class HostileDriver
{
    public HostileDriver(int seed, bool legacy = false)
    {
        random = new Random(seed);
        var blocks = new[] { 1, 7, 64, int.MaxValue };
        // A legacy ring takes whole pages, and the device gives its size.
        var queueSize = legacy ? 1 << random.Next(6) : 256;
        ramSize = legacy ? 2 * RamSize : RamSize;
        driver = new RawDriver(new PciMachine(new GuestRam(ramSize, hostBlock: blocks[random.Next(blocks.Length)]), queueSize: queueSize), legacy);
        var features = NetDriver.AllFeatures;
        foreach(var feature in new[] { Feature.EventIdx, Feature.IndirectDesc, Feature.MrgRxbuf, Feature.Mtu })
        {
            features = random.Next(4) == 0 ? features.Without(feature) : features;
        }
        driver.Start(features, legacy ? 0 : 1 << random.Next(6));
        rings = new[] { driver.Receive, driver.Transmit };
        tables = driver.Ram.Allocate(TableZone);
        writable = driver.Ram.End - WritableZone;
        driver.Ram.WrittenRanges = new();
        hostility = new[] { 0, 10, 100, 500 }[random.Next(4)];
        for(var i = 0; i < TableZone / RingLayout.DescriptorSize; i++)
        {
            Describe(rings[i % 2], tables, i, 64, false);
        }
        foreach(var ring in rings)
        {
            for(var i = 0; i < ring.Size; i++)
            {
                Describe(ring, ring.DescriptorArea, i, ring.Size, true);
            }
        }
    }

    /// <summary>Takes random steps, then resets the card and moves a frame each way.</summary>
    public void Run(int steps)
    {
        for(var i = 0; i < steps; i++)
        {
            var parked = driver.NeedsReset;
            var (accesses, interrupts) = (driver.Ram.Accesses, driver.Machine.Interrupts);
            driver.Ram.WrittenRanges!.Clear();

            Step();

            Check(parked, accesses, interrupts);
        }
        ulong used = driver.Transmit.UsedIndex;
        driver.Transport.Status = DeviceStatus.None;
        var counters = driver.Counters;
        Assert.That(ReceiveBacklogTests.Delivered(counters) + ReceiveBacklogTests.Dropped(counters), Is.EqualTo(frames), "I8: frames in");
        Assert.That(counters.TxFrames, Is.EqualTo(driver.Machine.Sent.Count), "I8: frames out");
        var transmit = driver.Machine.Device.TransmitCountersOf(0);
        var dealtWith = transmit.Packets + transmit.DropMalformed + transmit.DropOffload + transmit.DropLinkDown;
        // Packets that were pushed but not published when the queue failed are counted, though the driver never sees them used.
        Assert.That(dealtWith, Parked.Count > 0 ? Is.GreaterThanOrEqualTo(used) : Is.EqualTo(used), "I8: packets of the transmit queue");
        Trace.Add((counters.TxFrames, counters.RxFrames, driver.Machine.Interrupts));
        AssertWorks();
    }

    /// <summary>What the device did, step by step.</summary>
    public List<object> Trace { get; } = new();

    /// <summary>Why the device parked itself, if it did.</summary>
    public IReadOnlyList<string> Parked => driver.Machine.ParkedReasons;

    private void Step()
    {
        var ring = rings[random.Next(2)];
        switch(random.Next(10))
        {
            case 0:
            case 1:
                frames++;
                driver.Machine.Device.Receive(Frames.Make(random.Next(20) == 0 ? random.Next(3000) : random.Next(200), random.Next()));
                break;
            case 2:
                driver.Machine.Card.Transport.RunDeferred();
                break;
            case 3:
                Describe(ring, ring.DescriptorArea, random.Next(ring.Size), ring.Size, true);
                Describe(ring, tables, random.Next(TableZone / RingLayout.DescriptorSize), 64, false);
                break;
            case 4:
                ring.AvailableFlags = (ushort)random.Next(65536);
                ring.UsedEvent = (ushort)(random.Next(2) == 0 ? random.Next(65536) : ring.UsedIndex);
                break;
            case 5 when Hostile():
                ring.AvailableIndex = (ushort)random.Next(65536);
                break;
            case 6 when random.Next(8) == 0:
                driver.Machine.Device.LinkUp = !driver.Machine.Device.LinkUp;
                break;
            default:
                for(var i = random.Next(ring.Size + 1); i > 0 && RingIndex.Distance(ring.UsedIndex, ring.AvailableIndex) < ring.Size; i--)
                {
                    var head = (ushort)(Hostile() ? random.Next(65536) : ring.AvailableIndex % ring.Size);
                    offered[(ring.Index, head)] = offered.GetValueOrDefault((ring.Index, head)) + 1;
                    ring.Offer(head);
                }
                driver.Kick(ring);
                break;
        }
    }

    private void Check(bool parked, long accesses, int interrupts)
    {
        if(parked)
        {
            Assert.That((driver.Ram.Accesses, driver.Machine.Interrupts), Is.EqualTo((accesses, interrupts)), "I6: a parked device touched memory or interrupted");
        }
        var written = 0L;
        foreach(var (address, length) in driver.Ram.WrittenRanges!)
        {
            Trace.Add((address, length));
            var buffer = address >= writable;
            written += buffer ? length : 0;
            if(!buffer && !rings.Any(x => InUsedRing(x, address, (uint)length)))
            {
                Assert.Fail($"I3: {length} bytes written at 0x{address:X}");
            }
        }
        for(var i = 0; i < rings.Length; i++)
        {
            var reported = 0L;
            for(; seen[i] != rings[i].UsedIndex; seen[i] = RingIndex.Add(seen[i], 1))
            {
                var element = rings[i].DeviceArea + RingLayout.RingEntries + (uint)(RingLayout.UsedEntrySize * (seen[i] % rings[i].Size));
                var head = (ushort)driver.Ram.Read32(element);
                reported += driver.Ram.Read32(element + 4);
                offered[(i, head)] = offered.GetValueOrDefault((i, head)) - 1;
                Assert.That(offered[(i, head)], Is.GreaterThanOrEqualTo(0), $"I4: head {head} was returned more often than offered");
            }
            Assert.That(reported, Is.LessThanOrEqualTo(i == NetLayout.TransmitQueue ? 0 : written), "I5: more bytes are reported than were written");
            Assert.That(rings[i].UsedFlags, Is.Zero);
        }
        Assert.That(driver.Machine.ParkedReasons.Count, Is.EqualTo(driver.NeedsReset ? 1 : 0));
        Trace.Add((driver.Machine.Interrupts, driver.Machine.Sent.Count, driver.Ram.Accesses));
    }

    private static bool InUsedRing(SplitRing ring, ulong address, ulong length)
    {
        var end = ring.DeviceArea + RingLayout.RingEntries + (uint)(RingLayout.UsedEntrySize * ring.Size) + RingLayout.EventSize;
        return address >= ring.DeviceArea + RingLayout.RingIdx && address + length <= end;
    }

    // A sound driver comes after the hostile one.
    private void AssertWorks()
    {
        driver.Machine.Device.LinkUp = true;
        driver.Machine.Sent.Clear();
        driver.Start(null, 4);
        var buffer = driver.OfferReceive(100);
        driver.Machine.Device.Receive(Frames.Make(60, 1));
        driver.Send(Frames.Make(60, 2));
        Assert.That(driver.Machine.Sent, Has.Count.EqualTo(1), "I7: nothing is sent after the reset");
        Assert.That(driver.Machine.Sent[0], Is.EqualTo(Frames.Make(60, 2)), "I7: another frame is sent");
        Assert.That(driver.Receive.UsedIndex, Is.EqualTo(1), "I7: nothing is received after the reset");
        Assert.That(driver.Ram.At(buffer + 12, 60).SequenceEqual(Frames.Make(60, 1)), Is.True, "I7: another frame is received");
    }

    private void Describe(SplitRing ring, ulong table, int index, int entries, bool mayBeIndirect)
    {
        var receive = ring.Index == NetLayout.ReceiveQueue;
        var indirect = mayBeIndirect && random.Next(5) == 0;
        var write = !indirect && receive != Hostile();
        var address = indirect ? tables + (uint)(random.Next(32) * RingLayout.DescriptorSize)
            : write ? writable + (uint)random.Next(WritableZone - 200)
            : driver.Ram.Base + (uint)random.Next(ramSize - 200);
        var length = indirect ? (uint)(random.Next(1, 9) * RingLayout.DescriptorSize) : (uint)random.Next(200);
        var flags = write ? RingLayout.DescWrite : 0;
        flags |= indirect ? RingLayout.DescIndirect : 0;
        // Usually the next descriptor, so that most chains end.
        var next = Hostile() ? random.Next(65536) : index + 1;
        flags |= (Hostile() || random.Next(3) == 0 && !indirect && next < entries) ? RingLayout.DescNext : 0;
        if(Hostile())
        {
            length = random.Next(3) == 0 ? (uint)random.NextInt64(1L << 32) : (uint)random.Next(100);
        }
        if(Hostile())
        {
            address = random.Next(3) switch { 0 => driver.Ram.End - (uint)random.Next(16), 1 => (ulong)random.NextInt64(0x4000_0000), _ => ulong.MaxValue - (uint)random.Next(100) };
        }
        flags |= Hostile() ? random.Next(0x10000) & ~7 : 0;
        ring.WriteDescriptor(table, index, address, length, (ushort)flags, (ushort)next);
    }

    // True in as many cases of a thousand as the field says.
    private bool Hostile() => random.Next(1000) < hostility;

    private ulong frames;
    private readonly ushort[] seen = new ushort[2];
    private readonly Dictionary<(int, ushort), int> offered = new();
    private readonly int hostility;
    private readonly int ramSize;
    private readonly Random random;
    private readonly RawDriver driver;
    private readonly SplitRing[] rings;
    private readonly ulong tables;
    private readonly ulong writable;

    private const int RamSize = 0x8000;
    private const int TableZone = 0x400;
    private const int WritableZone = 0x2000;
}
