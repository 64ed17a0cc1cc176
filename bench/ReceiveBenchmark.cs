// renode-virtio-net, MIT licence: see LICENSE.
// From wire to receive queue.

using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using VirtioNet.Spec;

namespace VirtioNet.Bench;

/// <summary>A batch of buffers is made available, as many frames arrive one by one, and the driver takes them.</summary>
public unsafe class ReceiveBenchmark : RingBenchmark
{
    [GlobalSetup]
    public void SetUp()
    {
        SetUp(NetLayout.ReceiveQueue);
        State->Frame = (byte*)Unsafe.AsPointer(ref Frame[0]);
    }

    [Benchmark(Baseline = true, Description = "C loop", OperationsPerInvoke = BenchCard.Batch)]
    public void Loop()
    {
        Offer();
        RingLoop.Receive(State, BenchCard.Batch);
        Take();
    }

    [Benchmark(Description = "device", OperationsPerInvoke = BenchCard.Batch)]
    public void Device()
    {
        Offer();
        for(var i = 0; i < BenchCard.Batch; i++)
        {
            Card!.Device.Receive(Packet!);
        }
        Take();
    }
}
