// renode-virtio-net, MIT licence: see LICENSE.
// A driver that keeps the rules, and a device that does in random order all that it may do. What they see is compared with
// plain lists of what was made available, popped, pushed and published. The invariants I1 to I9 are in Invariant.cs.

using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

/// <summary>One queue with both its sides. Each step is a number: what is done, and how.</summary>
internal sealed class SoundWalk
{
    public SoundWalk(bool packed, int seed)
    {
        var setup = new Choices(seed);
        var features = new FeatureSet();
        features = setup.Take(2) == 0 ? features : features.With(Feature.EventIdx);
        features = setup.Take(2) == 0 ? features : features.With(Feature.IndirectDesc);
        inOrder = setup.Take(3) == 0;
        features = inOrder ? features.With(Feature.InOrder) : features;
        notifyOnEmpty = !packed && setup.Take(3) == 0;
        features = notifyOnEmpty ? features.With(Feature.NotifyOnEmpty) : features;
        indirect = features.Has(Feature.IndirectDesc);
        eventIdx = features.Has(Feature.EventIdx);
        var hostBlock = new[] { int.MaxValue, int.MaxValue, int.MaxValue, 7, 1 }[setup.Take(5)];
        size = packed ? 1 + setup.Take(33) : 1 << setup.Take(6);
        rig = new RingRig(packed, size, features, new GuestRam(0xC000, hostBlock: hostBlock));
        bounded = hostBlock == int.MaxValue;
        rig.Ram.WrittenRanges = new();
    }

    /// <summary>Does what the number says, and checks the invariants.</summary>
    public void Step(int code)
    {
        var choices = new Choices(code);
        rig.Ram.WrittenRanges!.Clear();
        var accesses = rig.Ram.Accesses;
        switch(choices.Take(16))
        {
            case 0 or 1 or 2 or 3:
                Add(choices);
                break;
            case 4 or 5 or 6 or 7:
                Pop();
                break;
            case 8 or 9:
                Push(choices);
                break;
            case 10:
                PutBack();
                break;
            case 11 or 12:
                Publish();
                break;
            case 13:
                EnableNotifications();
                break;
            case 14:
                TakeUsed();
                break;
            default:
                Suppress(choices);
                break;
        }
        Invariant.Holds(rig.Queue.Error == null, "a sound ring fails");
        // How often the device asks for memory says how much it does.
        Invariant.Holds(!bounded || rig.Ram.Accesses - accesses <= 8 + 4 * Math.Max(size, LongestTable), "I2: more work than the longest chain needs");
        CheckWrites();
        Trace = unchecked(Trace * 31 + (ulong)rig.Ram.Accesses);
    }

    /// <summary>Lets both sides finish, and checks that everything has come back (I8).</summary>
    public void Finish()
    {
        while(nextPop < offers.Count)
        {
            Pop();
        }
        while(popped.Count > 0)
        {
            Push(new Choices(0));
        }
        Publish();
        TakeUsed();
        Invariant.Holds(rig.Ring.FreeDescriptors == size, "I8: a descriptor is lost");
        Invariant.Holds(returned == offers.Count, "I8: a chain is lost");
    }

    /// <summary>A hash of all accesses so far: the same steps must give the same (I9).</summary>
    public ulong Trace { get; private set; }

    private void Add(Choices choices)
    {
        var asTable = indirect && choices.Take(3) == 0;
        // A table may be longer than the queue.
        var pieces = new Piece[1 + choices.Take(asTable ? LongestTable : Math.Min(size, 5))];
        if(rig.Ring.FreeDescriptors < (asTable ? 1 : pieces.Length))
        {
            return;
        }
        var readable = choices.Take(pieces.Length + 1);
        for(var i = 0; i < pieces.Length; i++)
        {
            // Some have no bytes.
            pieces[i] = new Piece(rig.Buffer + (uint)choices.Take(16), (uint)choices.Take(32), i >= readable);
        }
        var id = asTable ? rig.Ring.AddIndirect(pieces) : rig.Ring.Add(pieces);
        offers.Add(new Offer(id, pieces, Packed && !asTable ? pieces.Length : 1));
        var notifies = rig.Ring.DeviceWantsNotification();
        Invariant.Holds(notifies || !asleep, "a sleeping device is not woken");
        asleep = false;
    }

    private void Pop()
    {
        var result = rig.Queue.TryPop(out var chain);
        Invariant.Holds(result == (nextPop < offers.Count ? PopResult.Chain : PopResult.Empty), "I4: available is not what was offered");
        asleep = false;
        seen = offers.Count;
        drained = result == PopResult.Empty;
        if(result == PopResult.Chain)
        {
            var offer = offers[nextPop];
            Invariant.Holds((chain.Id, (int)chain.Entries) == (offer.Id, offer.Entries), "another chain than was offered");
            CheckSegments(rig.Queue.Readable(chain), offer.Pieces.Where(x => !x.Writable));
            CheckSegments(rig.Queue.Writable(chain), offer.Pieces.Where(x => x.Writable));
            popped.Add((nextPop, chain));
            poppedEntries += offer.Entries;
            nextPop++;
        }
    }

    private static void CheckSegments(ReadOnlySpan<VirtioNet.Memory.Segment> segments, IEnumerable<Piece> pieces)
    {
        var i = 0;
        foreach(var piece in pieces)
        {
            if(piece.Length != 0)
            {
                Invariant.Holds((segments[i].Address, segments[i].Length) == (piece.Address, piece.Length), "another buffer than was offered");
                i++;
            }
        }
        Invariant.Holds(segments.Length == i, "more buffers than were offered");
    }

    private void Push(Choices choices)
    {
        if(popped.Count == 0)
        {
            return;
        }
        var which = inOrder ? 0 : choices.Take(popped.Count);
        var (offer, chain) = popped[which];
        popped.RemoveAt(which);
        var written = (uint)choices.Take((int)chain.WritableLength + 1);
        rig.Queue.Push(chain, written);
        pushed.Add(new Used(chain.Id, written));
        pushedEntries += offers[offer].Entries;
    }

    private void PutBack()
    {
        // Only the chain that was popped last, unless it was pushed.
        if(popped.Count == 0 || popped[^1].Offer != nextPop - 1)
        {
            return;
        }
        rig.Queue.PutBack(popped[^1].Chain);
        popped.RemoveAt(popped.Count - 1);
        nextPop--;
        poppedEntries -= offers[nextPop].Entries;
    }

    private void Publish()
    {
        var expected = pushedEntries > 0 && DriverIsWaiting();
        Invariant.Holds(rig.Queue.Publish() == expected, expected ? "a notification is missing" : "a notification too much");
        publishedEntries += pushedEntries;
        pushedEntries = 0;
        pushed.ForEach(published.Enqueue);
        pushed.Clear();
    }

    // Compares each entry of the batch with the one that the driver waits for.
    private bool DriverIsWaiting()
    {
        var flags = rig.Ram.Read16(rig.Ring.DriverArea + (uint)(Packed ? RingLayout.EventFlags : RingLayout.RingFlags));
        if(notifyOnEmpty && popped.Count == 0 && nextPop == offers.Count)
        {
            return true;
        }
        if(!Packed && !eventIdx || Packed && (flags != RingLayout.EventForDescriptor || !eventIdx))
        {
            return flags != 1;
        }
        var wanted = rig.Ram.Read16(rig.Ring.DriverArea + (Packed ? 0 : RingLayout.RingEntries + 2U * (uint)size));
        for(var entry = publishedEntries; entry < publishedEntries + pushedEntries; entry++)
        {
            if(wanted == (Packed ? entry % size | (entry / size % 2 == 0 ? RingLayout.EventWrap : 0) : entry & 0xFFFF))
            {
                return true;
            }
        }
        return false;
    }

    private void EnableNotifications()
    {
        var lookAgain = rig.Queue.EnableNotifications();
        if(drained)
        {
            Invariant.Holds(lookAgain == (offers.Count > seen), "a chain that came meanwhile is not seen");
            asleep = !lookAgain;
            drained = !lookAgain;
        }
    }

    private void TakeUsed()
    {
        while(rig.Ring.TryTakeUsed(out var used))
        {
            Invariant.Holds(published.Count > 0, "I4: used passes what was published");
            Invariant.Holds(used == published.Dequeue(), "I5: another id or length than was pushed");
            returned++;
        }
        Invariant.Holds(published.Count == 0, "what was published does not show");
    }

    private void Suppress(Choices choices)
    {
        rig.Ring.WantsNotifications = choices.Take(2) == 0;
        var distance = choices.Take(3 * size) - size;
        if(eventIdx && choices.Take(2) == 0)
        {
            if(rig.Ring is PackedRing ring)
            {
                var at = ((publishedEntries + distance) % (2 * size) + 2 * size) % (2 * size);
                ring.Suppress(at % size | (at < size ? RingLayout.EventWrap : 0), RingLayout.EventForDescriptor);
            }
            else
            {
                ((SplitRing)rig.Ring).UsedEvent = (ushort)(publishedEntries + distance & 0xFFFF);
            }
        }
    }

    // I3: used elements, in slots of chains that were popped and not published before this step, and the device's own fields.
    private void CheckWrites()
    {
        foreach(var (address, length) in rig.Ram.WrittenRanges!)
        {
            var device = unchecked(address - rig.Ring.DeviceArea);
            var own = Packed ? device + (uint)length <= RingLayout.EventSuppressionSize
                : device >= RingLayout.RingIdx && device + (uint)length <= RingLayout.RingEntries + 8U * (uint)size + 2;
            if(!own)
            {
                var offset = unchecked(address - rig.Ring.DescriptorArea);
                var first = (int)(offset / RingLayout.DescriptorSize);
                var last = (int)((offset + (uint)length - 1) / RingLayout.DescriptorSize);
                var inPlace = Packed && last < size
                    && (first - lastPublished % size + size) % size <= (last - lastPublished % size + size) % size
                    && (last - lastPublished % size + size) % size < poppedEntries - lastPublished;
                Invariant.Holds(inPlace, "I3: a write outside what is the device's");
            }
            Trace = unchecked(Trace * 31 + address);
        }
        lastPublished = publishedEntries;
    }

    private bool Packed => rig.Ring is PackedRing;

    private sealed record Offer(ushort Id, Piece[] Pieces, int Entries);

    private int nextPop;
    private int returned;
    // Counts of entries since the start.
    private int poppedEntries;
    private int pushedEntries;
    private int publishedEntries;
    private int lastPublished;
    // True since the device has found the ring empty. It had seen so many offers then.
    private bool drained;
    private int seen;
    private bool asleep;
    private readonly List<Offer> offers = new();
    private readonly List<(int Offer, DescriptorChain Chain)> popped = new();
    private readonly List<Used> pushed = new();
    private readonly Queue<Used> published = new();
    private readonly int size;
    private readonly bool eventIdx;
    private readonly bool indirect;
    private readonly bool inOrder;
    private readonly bool notifyOnEmpty;
    private readonly bool bounded;
    private readonly RingRig rig;

    private const int LongestTable = 9;
}
