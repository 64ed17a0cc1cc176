// renode-virtio-net, MIT licence: see LICENSE.
// What both benchmarks share: a card, a ring, and a driver that is the same for the device and for the C loop.

using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Bench;

/// <summary>One queue, and batches of frames through it.</summary>
public abstract unsafe class RingBenchmark : IDisposable
{
    [Params(64, 1500, 65536)]
    public int Bytes { get; set; }

    [Params(RingFormat.Split, RingFormat.Packed)]
    public RingFormat Ring { get; set; }

    /// <summary>A new card for each benchmark, so that device and loop both find the ring at its start.</summary>
    protected void SetUp(int queue)
    {
        Card = new BenchCard(Ring, queue, Bytes);
        frame = GC.AllocateUninitializedArray<byte>(Bytes, pinned: true);
        for(var i = 0; i < frame.Length; i++)
        {
            frame[i] = (byte)(i % 251);
        }
        Packet = new Packet(frame);
        ring = GC.AllocateArray<Ring>(1, pinned: true);
        ring[0] = Card.Ring;
    }

    [GlobalCleanup]
    public void Dispose()
    {
        Card?.Dispose();
        Card = null;
        GC.SuppressFinalize(this);
    }

    /// <summary>The driver makes a batch available.</summary>
    protected void Offer() => RingLoop.Offer(State, BenchCard.Batch);

    /// <summary>The driver takes the batch back. Throws unless all of it was used, in order.</summary>
    protected ulong Take()
    {
        var written = RingLoop.Take(State, BenchCard.Batch);
        return written != RingLoop.NotUsed ? written : throw new InvalidOperationException("the ring was not used as it should be");
    }

    /// <summary>The bytes of a buffer of the batch.</summary>
    protected Span<byte> Buffer(int index) => Card!.Ram.At(Card.Ring.Buffers + (ulong)index * Card.Ring.BufferSize, NetLayout.HeaderSize + Bytes);

    /// <summary>Where the ring is.</summary>
    protected Ring* State => (Ring*)Unsafe.AsPointer(ref ring[0]);

    /// <summary>The frame that is sent or arrives.</summary>
    protected byte[] Frame => frame;

    /// <summary>The same as it comes from a network.</summary>
    protected Packet? Packet { get; private set; }

    protected BenchCard? Card { get; private set; }

    private byte[] frame = Array.Empty<byte>();
    private Ring[] ring = Array.Empty<Ring>();
}
