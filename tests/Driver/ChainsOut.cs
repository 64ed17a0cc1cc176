// renode-virtio-net, MIT licence: see LICENSE.
// The chains that a driver has made available and not taken back. virtio v1.4-cs01: 2.7.9, 2.8.8 "In-order use of
// descriptors".

using VirtioNet.Spec;

namespace VirtioNet.Driver;

/// <summary>A driver's record of its chains. It tells which chains a used element returns: with IN_ORDER, several.</summary>
internal sealed class ChainsOut
{
    public ChainsOut(FeatureSet features)
    {
        inOrder = features.Has(Feature.InOrder);
    }

    /// <summary>Notes a chain that was made available: the entries of the ring that it takes, and its device-writable bytes.</summary>
    public void Add(ushort id, int entries, uint writable)
    {
        if(inOrder)
        {
            order.Enqueue(id);
        }
        chains[id] = (entries, writable);
    }

    /// <summary>
    /// Notes a used element, and returns how many entries of the ring its chains took. With IN_ORDER its id is that of the last
    /// chain of a batch, and all chains before that one were used completely.
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

    /// <summary>How many entries of the ring the chain with that id takes; 1 if the device has no such chain.</summary>
    public int Entries(ushort id) => chains.TryGetValue(id, out var chain) ? chain.Entries : 1;

    /// <summary>Takes the next chain that <see cref="Return"/> has noted. False if there is none.</summary>
    public bool TryTake(out Used used) => returned.TryDequeue(out used);

    /// <summary>Bytes that the device may write to the chain.</summary>
    public static uint Writable(Piece[] pieces)
    {
        var sum = 0U;
        foreach(var piece in pieces)
        {
            // The lengths of a hostile driver may add up to more than 32 bits.
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
