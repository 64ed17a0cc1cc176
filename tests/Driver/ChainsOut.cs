// renode-virtio-net, MIT licence: see LICENSE.
// The chains that a device has. virtio v1.4-cs01: 2.7.9, 2.8.8 "In-order use of descriptors".

using VirtioNet.Spec;

namespace VirtioNet.Driver;

/// <summary>A driver's record of its chains, for finding out which ones a used element speaks of.</summary>
internal sealed class ChainsOut
{
    public ChainsOut(FeatureSet features)
    {
        inOrder = features.Has(Feature.InOrder);
    }

    /// <summary>A chain was made available; it takes so many entries of the ring.</summary>
    public void Add(ushort id, int entries, uint writable)
    {
        if(inOrder)
        {
            order.Enqueue(id);
        }
        chains[id] = (entries, writable);
    }

    /// <summary>
    /// Notes a used element, and returns how many entries of the ring it stands for. With IN_ORDER it is the last of
    /// a batch, and all chains before it were used completely.
    /// </summary>
    public int Return(ushort id, uint length)
    {
        var entries = 0;
        if(inOrder && order.Contains(id))
        {
            while(order.Dequeue() is var skipped && skipped != id)
            {
                entries += Close(skipped, chains.GetValueOrDefault(skipped).Writable);
            }
        }
        return entries + Close(id, length);
    }

    /// <summary>How many entries of the ring a chain takes that is out.</summary>
    public int Entries(ushort id) => chains.TryGetValue(id, out var chain) ? chain.Entries : 1;

    /// <summary>Takes the next chain that was returned.</summary>
    public bool TryTake(out Used used) => returned.TryDequeue(out used);

    /// <summary>Bytes that the device may write to the chain.</summary>
    public static uint Writable(Piece[] pieces)
    {
        var sum = 0U;
        foreach(var piece in pieces)
        {
            // What a hostile driver describes may be more than there is.
            sum = unchecked(sum + (piece.Writable ? piece.Length : 0));
        }
        return sum;
    }

    private int Close(ushort id, uint length)
    {
        returned.Enqueue(new Used(id, length));
        return chains.Remove(id, out var chain) ? chain.Entries : 1;
    }

    private readonly bool inOrder;
    private readonly Dictionary<ushort, (int Entries, uint Writable)> chains = new();
    private readonly Queue<ushort> order = new();
    private readonly Queue<Used> returned = new();
}
