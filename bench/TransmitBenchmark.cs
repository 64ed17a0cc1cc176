// renode-virtio-net, MIT licence: see LICENSE.
// From transmit queue to wire.

using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using VirtioNet.Spec;

namespace VirtioNet.Bench;

/// <summary>A batch is made available, the device is notified and sends it, and the driver takes its buffers back.</summary>
public unsafe class TransmitBenchmark : RingBenchmark
{
    [GlobalSetup]
    public void SetUp()
    {
        SetUp(NetLayout.TransmitQueue);
        for(var i = 0; i < BenchCard.Batch; i++)
        {
            Frame.CopyTo(Buffer(i).Slice(NetLayout.HeaderSize));
        }
        sent = GC.AllocateUninitializedArray<byte>(Bytes, pinned: true);
        State->Frame = (byte*)Unsafe.AsPointer(ref sent[0]);
        State->FrameSize = (uint)Bytes;
    }

    [GlobalSetup(Target = nameof(DeviceKept))]
    public void SetUpKept()
    {
        SetUp();
        Card!.Kept = new byte[256][];
    }

    [Benchmark(Baseline = true, Description = "C loop, one frame buffer", OperationsPerInvoke = BenchCard.Batch)]
    public void Loop()
    {
        Offer();
        RingLoop.Transmit(State, 0);
        Take();
    }

    [Benchmark(Description = "C loop, malloc and free", OperationsPerInvoke = BenchCard.Batch)]
    public void LoopMalloc()
    {
        Offer();
        RingLoop.Transmit(State, 1);
        Take();
    }

    [Benchmark(Description = "device", OperationsPerInvoke = BenchCard.Batch)]
    public void Device() => Send();

    [Benchmark(Description = "device, wire copies and keeps", OperationsPerInvoke = BenchCard.Batch)]
    public void DeviceKept() => Send();

    private void Send()
    {
        Offer();
        Card!.Notify();
        Take();
    }

    private byte[] sent = Array.Empty<byte>();
}
