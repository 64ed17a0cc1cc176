// renode-virtio-net, MIT licence: see LICENSE.
// What the switch learns, and what it does not.

using NUnit.Framework;
using VirtioNet.Wire;
using VirtioNet.Wire.Links;
using VirtioNet.Wire.Switching;
using static VirtioNet.Tests.Wire.Switching.NetworkRig;

namespace VirtioNet.Tests.Wire.Switching;

public sealed class AddressTests
{
    [Test]
    public void Learn_MoreThanAPortMayHave_FloodsThoseBeyondAndHarmsNoOther()
    {
        var rig = new NetworkRig(3);
        for(var i = 0; i < 1100; i++)
        {
            rig.SendAs(0, 0x1000 + i, Everybody);
        }
        rig.Send(1, Everybody, time: 0);
        rig.Network.Run(0);
        rig.Clear();

        rig.Send(2, 0x1000 + 1023, time: 0, mark: 1);
        rig.Send(2, 0x1000 + 1024, time: 0, mark: 2);
        rig.Send(2, 1, time: 0, mark: 3);
        rig.Network.Run(0);

        Assert.That(rig.Counts, Is.EqualTo("2 2 0"));
        Assert.That(rig.Devices[1].Marks, Is.EqualTo("0:2 0:3"));
        Assert.That(rig.Ports[0].AddressCount, Is.EqualTo(1024));
    }

    [Test]
    public void Learn_MoreThanTheTableHolds_FloodsThoseBeyond()
    {
        var rig = new NetworkRig(10);
        for(var port = 0; port < 9; port++)
        {
            for(var i = 0; i < 1024; i++)
            {
                rig.SendAs(port, 0x1000 + 1024 * port + i, Everybody);
            }
        }
        rig.Network.Run(0);

        Assert.That(rig.Network.Addresses, Has.Count.EqualTo(8192));
        Assert.That(rig.Ports.Select(x => x.AddressCount), Is.EqualTo(Enumerable.Repeat(1024, 8).Concat(new[] { 0, 0 })));
    }

    [Test]
    public void Learn_SilentForLong_IsForgottenAndGivesItsPlace()
    {
        var rig = new NetworkRig(3);
        for(var i = 0; i < 1024; i++)
        {
            rig.SendAs(0, 0x1000 + i, Everybody);
        }
        rig.Network.Run(0);
        rig.Clear();

        rig.Send(1, 0x1000, time: 300 * Second);
        rig.Network.Run(300 * Second);
        Assert.That(rig.Counts, Is.EqualTo("1 0 0"), "known for five minutes");
        rig.Send(1, 0x1000, time: 300 * Second + 1);
        rig.Network.Run(300 * Second + 1);
        Assert.That(rig.Counts, Is.EqualTo("2 0 1"), "and no longer");
        rig.SendAs(0, 0x5000, Everybody);
        rig.Network.Run(301 * Second);

        Assert.That(rig.Network.Addresses.Select(x => x.Address), Is.EqualTo(new[] { Address(1), Address(0x5000) }));
    }

    [Test]
    public void Address_AtTwoPortsWithinASecond_IsToldOnce()
    {
        var rig = new NetworkRig(3);
        var told = new Log();
        rig.Network.Observers.Add(told);
        for(var i = 0UL; i < 10; i++)
        {
            rig.SendAs(0, 7, Everybody, i * Ms);
            rig.SendAs(1, 7, Everybody, i * Ms + 1);
        }
        rig.Network.Run(Second);

        Assert.That(told.Lines, Is.EqualTo(new[] { $"{Address(7)} at net0 and net1 at 1" }));
        Assert.That(rig.Network.Addresses.Single().Port, Is.SameAs(rig.Ports[1]));
        Assert.That(rig.Network.Addresses.Single().Seen, Is.EqualTo(9 * Ms + 1));
    }

    // A guest that was taken to another port.
    [Test]
    public void Address_AtAnotherPortMuchLater_IsNotTold()
    {
        var rig = new NetworkRig(3);
        var told = new Log();
        rig.Network.Observers.Add(told);
        rig.SendAs(0, 7, Everybody, 0);
        rig.SendAs(1, 7, Everybody, Second + 1);
        rig.Network.Run(2 * Second);

        Assert.That(told.Lines, Is.Empty);
        Assert.That((rig.Ports[0].AddressCount, rig.Ports[1].AddressCount), Is.EqualTo((0, 1)));
    }

    private sealed class Log : INetworkObserver
    {
        public void Passed(NetworkPort port, PortDirection direction, ulong time, Packet packet, in LinkOutcome outcome)
        {
        }

        public void AddressAtTwoPorts(MacAddress address, NetworkPort before, NetworkPort now, ulong time)
        {
            Lines.Add($"{address} at {before.Name} and {now.Name} at {time}");
        }

        public List<string> Lines { get; } = new();
    }
}
