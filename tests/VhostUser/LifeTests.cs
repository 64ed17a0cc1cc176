// renode-virtio-net, MIT licence: see LICENSE.
// Front ends that connect, stop their rings, go on, reconnect and leave.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Outside.VhostUser.Protocol;
using VirtioNet.Spec;
using VirtioNet.Tests.Net;

namespace VirtioNet.Tests.VhostUser;

public sealed class LifeTests
{
    [Test]
    public void Rings_StoppedAndStartedAtTheirBase_GoOn([Values] bool packed, [Values] bool reconnect)
    {
        using var rig = new BackendRig();
        using var ram = new SharedRam();
        var first = new VhostUserDriver(rig.Path, ram: ram);
        var driver = new NetDriver(first);
        driver.Start(TrafficTests.Wanted(packed, true, true), 16);
        for(var i = 0; i < 21; i++)
        {
            TrafficTests.Exchange(rig, driver, 100 + i);
        }
        var bases = new[] { first.StopRing(0), first.StopRing(1) };
        // A packed receive ring of 16 has moved 21 slots, so it is in its second lap, with wrap counter 0.
        Assert.That(bases[0], Is.EqualTo(packed ? 5U << 16 | 5 : 21));
        rig.Backend.Receive(Frames.Make(100, 1));
        Assert.That(rig.Backend.Counters.RxDropNotReady, Is.EqualTo(1));
        if(reconnect)
        {
            first.FrontEnd.Dispose();
            rig.WaitUntil(x => !x.IsConnected, "disconnected");
            first.Reconnect();
        }
        first.Status = DeviceStatus.Driver | DeviceStatus.FeaturesOk | DeviceStatus.DriverOk;
        first.StartRing(driver.ReceiveRing, bases[0]);
        first.StartRing(driver.TransmitRing, bases[1]);
        first.FrontEnd.Settle();
        for(var i = 0; i < 21; i++)
        {
            TrafficTests.Exchange(rig, driver, 200 + i);
        }
        Assert.That(rig.Reports, Is.Empty);
    }

    [Test]
    public void PackedBase_WithLowerHalfOnly_CountsForBoth()
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        var driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(true, true, true), 16);
        transport.StopRing(1);
        var ring = new PackedRing(transport.Ram, 1, 16, transport.Features);
        transport.StartRing(ring, 0x8000);
        var buffer = transport.Ram.Allocate(200);
        ring.Add(new Piece(buffer, 112, false));
        transport.Notify(1);
        Assert.That(ring.TryTakeUsed(out _), Is.True);
    }

    [Test]
    public void Driver_AfterResetOfTheDevice_StartsAnew([Values] bool packed, [Values(VhostUserDriver.AllProtocolFeatures, 0x9UL)] ulong protocol)
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path, protocol);
        for(var i = 0; i < 3; i++)
        {
            var driver = new NetDriver(transport);
            driver.Start(TrafficTests.Wanted(packed, true, true), 16);
            TrafficTests.Exchange(rig, driver, 100 + i);
        }
        Assert.That(rig.Reports, Is.Empty);
    }

    [Test]
    public void MemoryTable_SetAnewWhileRingsRun_LosesNothing([Values] bool packed)
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        var driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(packed, true, true), 16);
        for(var i = 0; i < 40; i++)
        {
            transport.ShareMemory();
            TrafficTests.Exchange(rig, driver, 100 + i);
        }
        Assert.That(rig.Reports, Is.Empty);
    }

    [Test]
    public void BrokenRing_ParksTheDevice_AndSignalsErr_UntilReset()
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        var driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(false, true, true), 16);
        driver.Transmit.AvailableIndex = 1000;
        Linux.Signal(transport.Kick(1));
        Linux.Wait(transport.Err(1));
        rig.WaitUntil(x => !x.IsRunning, "stopped by the broken ring");
        Assert.That(rig.Reports, Has.Count.EqualTo(1));
        Assert.That(transport.FrontEnd.AskNumber(Request.GetStatus) & (ulong)DeviceStatus.NeedsReset, Is.Not.Zero);
        driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(false, true, true), 16);
        TrafficTests.Exchange(rig, driver, 100);
        Assert.That(rig.Reports, Has.Count.EqualTo(1));
    }

    [Test]
    public void BrokenRing_FoundByAFrame_IsToldAtOnce()
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        // In one round the back end's thread may still be awake and find it by itself; hardly in each of twenty.
        for(var round = 0; round < 20; round++)
        {
            var driver = new NetDriver(transport);
            driver.Start(TrafficTests.Wanted(false, true, true), 16);
            rig.WaitUntil(x => x.IsRunning, "running");
            driver.Receive.AvailableIndex = 1000;
            // Nobody kicks: the frame comes on another thread than the back end's.
            rig.Backend.Receive(Frames.Make(100, 1));
            Linux.Wait(transport.Err(NetLayout.ReceiveQueue));
            Linux.Take(transport.Err(NetLayout.ReceiveQueue));
            rig.WaitUntil(x => !x.IsRunning, "stopped by the broken ring");
        }
    }

    [Test]
    public void FrontEnd_ThatHasLeftMessagesBehind_MakesRoomForTheNext()
    {
        using var rig = new BackendRig();
        for(var i = 0; i < 200; i++)
        {
            using(var first = new FrontEnd(rig.Path))
            {
                for(var message = 0; message < 50; message++)
                {
                    first.Send(Request.SetOwner, default);
                }
            }
            using var second = new FrontEnd(rig.Path);
            second.Settle();
        }
        Assert.That(rig.Reports, Is.Empty);
    }

    [Test]
    public void FrontEnd_WhileOneIsConnected_IsTurnedAway_AndComesBackLater()
    {
        using var rig = new BackendRig();
        using var first = new FrontEnd(rig.Path);
        first.Settle();
        using(var second = new FrontEnd(rig.Path))
        {
            second.WaitForEnd();
        }
        first.Settle();
        first.Dispose();
        using var third = new FrontEnd(rig.Path);
        third.Settle();
        Assert.That(rig.Reports.Select(x => x.Rule), Is.EqualTo(new[] { FrontEndRules.OneFrontEnd }));
    }

    [Test]
    public void Configuration_IsReadable_AndReadOnly()
    {
        using var rig = new BackendRig(config: true);
        using var transport = new VhostUserDriver(rig.Path);
        transport.Probe();
        Assert.That(transport.DeviceConfig(5, 1), Is.EqualTo(PciMachine.DefaultMac[5]));
        Assert.That(transport.FrontEnd.Ask(Request.GetConfig, FrontEnd.State(0, 200).Concat(new byte[204]).ToArray()), Is.Empty);
        Assert.That(transport.FrontEnd.Do(Request.SetConfig, FrontEnd.State(0, 1).Concat(new byte[5]).ToArray()), Is.Not.Zero);
        Assert.That(transport.DeviceConfig(5, 1), Is.EqualTo(PciMachine.DefaultMac[5]));
        Assert.That(rig.Reports.Select(x => x.Rule), Is.EqualTo(new[] { FrontEndRules.ReadOnlyConfiguration }));
    }

    [Test]
    public void Mtu_IsSet_IfItIsValid()
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        transport.Probe();
        Assert.That(transport.FrontEnd.Do(Request.NetSetMtu, FrontEnd.Number(9000)), Is.Zero);
        Assert.That(transport.FrontEnd.Do(Request.NetSetMtu, FrontEnd.Number(67)), Is.Not.Zero);
        Assert.That(transport.FrontEnd.Do(Request.NetSetMtu, FrontEnd.Number(ulong.MaxValue)), Is.Not.Zero);
        Assert.That(rig.Backend.Device.Mtu, Is.EqualTo(9000));
    }

    [Test]
    [NonParallelizable]
    public void ThousandFrontEnds_LeaveNothingBehind()
    {
        using var ram = new SharedRam();
        var before = Resources.Count();
        for(var round = 0; round < 2; round++)
        {
            using(var rig = new BackendRig())
            {
                var transport = new VhostUserDriver(rig.Path, ram: ram);
                var driver = new NetDriver(transport);
                driver.Start(TrafficTests.Wanted(false, true, true), 16);
                for(var i = 0; i < 1000; i++)
                {
                    transport.FrontEnd.Dispose();
                    transport.Reconnect();
                    transport.StartRing(driver.ReceiveRing, 0);
                    transport.StartRing(driver.TransmitRing, 0);
                    transport.FrontEnd.Settle();
                    // Some go in the middle of a message.
                    transport.FrontEnd.Socket.Send(new byte[i % 12]);
                }
                rig.WaitUntil(x => x.IsConnected, "connected");
                transport.Close();
            }
            if(round == 0)
            {
                // What .NET keeps for itself is there from the first round on.
                before = Resources.Count();
            }
        }
        Assert.That(Resources.Count(), Is.EqualTo(before));
    }
}
