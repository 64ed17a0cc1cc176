// renode-virtio-net, MIT licence: see LICENSE.
// Somebody else on a network, beside a port for another process.

using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Network;
using Antmicro.Renode.Peripherals.Network;
using NUnit.Framework;

namespace VirtioNet.Tests.Renode;

internal sealed class Neighbour : IMACInterface
{
    public void ReceiveFrame(EthernetFrame frame)
    {
        lock(arrived)
        {
            arrived.Enqueue(frame.UnderlyingPacket.Bytes);
            Monitor.PulseAll(arrived);
        }
    }

    public void Send(byte[] bytes)
    {
        Assert.That(EthernetFrame.TryCreateEthernetFrame(bytes, addCrc: true, out var frame), Is.True);
        FrameReady?.Invoke(frame);
    }

    public byte[] Take()
    {
        lock(arrived)
        {
            while(arrived.Count == 0)
            {
                Assert.That(Monitor.Wait(arrived, TimeSpan.FromMinutes(1)), Is.True, "no frame has come");
            }
            return arrived.Dequeue();
        }
    }

    public bool HasNone
    {
        get
        {
            lock(arrived)
            {
                return arrived.Count == 0;
            }
        }
    }

    public MACAddress MAC { get; set; } = MACAddress.Parse("02:00:00:00:00:77");

    public event Action<EthernetFrame>? FrameReady;

    private readonly Queue<byte[]> arrived = new();
}
