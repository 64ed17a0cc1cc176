// renode-virtio-net, MIT licence: see LICENSE.
// One kick costs a back end bounded work, whatever packets the guest has queued: in each turn it makes no more frames than its
// outbox holds (hazards H-55, H-66, H-73).

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Tests.Net;

namespace VirtioNet.Tests.VhostUser;

public sealed class WorkBoundTests
{
    // As many chains as the ring has, all of them the same packet of 65,466 bytes; 48 is the smallest segment size.
    [Test]
    [Rule("H-55", "H-66", "H-73")]
    public void Kick_ForManyLargePackets_MakesABoundedShareAndLosesNothing([Values] bool packed, [Values] bool indirect, [Values(8, 48, 1448)] int size)
    {
        using var rig = new BackendRig { KeepsFrames = false };
        using var transport = new VhostUserDriver(rig.Path);
        var driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(packed, true, true).With(Feature.Csum).With(Feature.HostTso4), Chains);
        var packets = new OffloadPackets(false, true);
        var message = packets.Message(packets.Make(65_412), NetLayout.GsoTcp4, size);
        var at = transport.Ram.Allocate(message.Length);
        transport.Ram.Write(at, message);
        var pieces = indirect
            ? Enumerable.Range(0, Chains).Select(x => new Piece(at + (uint)(x * 1024), (uint)Math.Clamp(message.Length - x * 1024, 0, 1024), false)).ToArray()
            : new[] { new Piece(at, (uint)message.Length, false) };
        for(var i = 0; i < Chains; i++)
        {
            if(indirect)
            {
                driver.TransmitRing.AddIndirect(pieces);
            }
            else
            {
                driver.TransmitRing.Add(pieces);
            }
        }
        // Chains that the driver has got back, less frames that have left: its highest value shows how much the outbox holds.
        var (left, mostAhead) = (0, 0);
        rig.OnSend = () => mostAhead = Math.Max(mostAhead, driver.TransmitRing.UsedCount - left++);
        var before = GC.GetTotalAllocatedBytes(true);

        transport.Notify(NetLayout.TransmitQueue);
        // In each turn the back end makes a share, empties its outbox and hears a message; each chain gets its turn in the end.
        for(var turn = 0; turn < 10 * Chains && driver.TransmitRing.UsedCount < Chains; turn++)
        {
            transport.FrontEnd.Settle();
        }
        transport.FrontEnd.Settle();

        var frames = size == 8 ? 0 : (65_412 + size - 1) / size;
        Assert.That((rig.Backend.Counters.TxFrames, rig.Frames), Is.EqualTo(((ulong)(frames * Chains), frames * Chains)));
        Assert.That(rig.Backend.Counters.TxDropOffload, Is.EqualTo(size == 8 ? Chains : 0));
        Assert.That(mostAhead, Is.LessThanOrEqualTo(2048 / Math.Max(1, frames) + 1));
        Assert.That(GC.GetTotalAllocatedBytes(true) - before, Is.LessThan(24 << 20));
    }

    private const int Chains = 64;
}
