// renode-virtio-net, MIT licence: see LICENSE.
// What a link does to packets is counted at its port and in its direction, and on the way a later packet waits for an earlier one.

using NUnit.Framework;
using VirtioNet.Wire;
using VirtioNet.Wire.Switching;
using static VirtioNet.Tests.Wire.Switching.NetworkRig;

namespace VirtioNet.Tests.Wire.Switching;

public sealed class LinkEventTests
{
    [TestCase("duplicate 100%", 3, 0, 0)]
    [TestCase("corrupt 100%", 0, 3, 0)]
    [TestCase("delay 1ms reorder 100%", 0, 0, 3)]
    [TestCase("delay 1ms", 0, 0, 0)]
    public void Event_OfALink_IsCountedInItsDirection(string words, int duplicated, int corrupted, int reordered)
    {
        foreach(var isIn in new[] { true, false })
        {
            var rig = new NetworkRig(2);
            rig.Learn();
            var link = isIn ? rig.Ports[0].In : rig.Ports[1].Out;
            link.Settings = Words(words);
            for(byte i = 0; i < 3; i++)
            {
                rig.Send(0, 1, 10, i);
            }
            rig.Network.Run(Second);
            var (here, there) = isIn ? (rig.Ports[0].Sent, rig.Ports[1].Received) : (rig.Ports[1].Received, rig.Ports[0].Sent);
            Assert.That((here.Duplicated, here.Corrupted, here.Reordered), Is.EqualTo(((ulong)duplicated, (ulong)corrupted, (ulong)reordered)));
            Assert.That((there.Duplicated, there.Corrupted, there.Reordered), Is.EqualTo((0UL, 0UL, 0UL)));
        }
    }

    // A packet for which the link does nothing does not overtake one that is still on the way in it.
    [TestCase(true)]
    [TestCase(false)]
    public void Packet_BehindOneThatIsOnTheWay_StaysBehindIt(bool isIn)
    {
        var rig = new NetworkRig(2);
        rig.Learn();
        var link = isIn ? rig.Ports[0].In : rig.Ports[1].Out;
        link.Settings = Words("delay 1us");
        rig.Send(0, 1, 10, 1);
        rig.Network.Run(10);
        link.Settings = Words("delay 0");
        rig.Send(0, 1, 1010, 2);
        rig.Send(0, 1, 1011, 3);
        rig.Network.Run(Second);
        Assert.That(rig.Devices[1].Received.Select(x => x.Packet.Bytes[Ethernet.HeaderSize]), Is.EqualTo(new[] { 1, 2, 3 }));
    }
}
