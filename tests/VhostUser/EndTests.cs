// renode-virtio-net, MIT licence: see LICENSE.
// A back end is disposed of, or something throws on its thread: its socket file is removed, the thread ends or goes on as it
// should, and no exception ends the process or reaches a caller.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Outside;
using VirtioNet.Outside.VhostUser;
using VirtioNet.Outside.VhostUser.Protocol;
using VirtioNet.Tests.Net;

namespace VirtioNet.Tests.VhostUser;

[NonParallelizable]
public sealed class EndTests
{
    [Test]
    [Rule("H-113", "F-11")]
    public void Dispose_WithoutItsFolder_Ends()
    {
        using var rig = new BackendRig();
        Directory.Delete(rig.Folder, true);
        rig.Backend.Dispose();
        Assert.That(rig.Reports, Is.Empty, "there is nothing left to remove");
        Assert.That(Resources.Count().Threads, Is.Zero);
    }

    [Test]
    public void Dispose_RemovesTheSocket()
    {
        using var rig = new BackendRig();
        Assert.That(File.Exists(rig.Path), Is.True);
        rig.Backend.Dispose();
        Assert.That(File.Exists(rig.Path), Is.False);
    }

    [Test]
    [Rule("F-11")]
    public void Dispose_WhereAnotherFileHasTakenItsPlace_LeavesThatFile()
    {
        using var rig = new BackendRig();
        File.Delete(rig.Path);
        File.WriteAllText(rig.Path, "precious");
        rig.Backend.Dispose();
        Assert.That(File.ReadAllText(rig.Path), Is.EqualTo("precious"));
        Assert.That(rig.Reports, Is.Empty);
    }

    [Test]
    public void Dispose_WhereAnotherBackEndHasTakenItsPlace_LeavesThatOneReachable()
    {
        using var rig = new BackendRig();
        File.Delete(rig.Path);
        using var second = rig.Make(new VhostUserOptions(rig.Path));
        second.Start();
        rig.Backend.Dispose();
        using var front = new FrontEnd(rig.Path);
        front.Settle();
    }

    [Test]
    [Rule("F-11")]
    public void Dispose_WhereTheSocketCannotBeRemoved_IsToldOnce()
    {
        using var rig = new BackendRig();
        using var front = new FrontEnd(rig.Path);
        front.Settle();
        rig.WaitUntil(x => x.IsConnected, "connected");
        Linux.SetWritable(rig.Folder, false);
        // Changed runs on the back end's thread before it removes the socket: from then on the thread may not write to the folder.
        rig.Changed = () => Linux.SetNobody(true);
        rig.Backend.Dispose();
        Linux.SetWritable(rig.Folder, true);
        Assert.That(rig.Reports.Select(x => x.Rule), Is.EqualTo(new[] { HostRules.SocketLeft }));
        Assert.That(rig.Reports[0].Subject, Does.StartWith(rig.Path + ": ").And.Contains("denied"));
        Assert.That(Resources.Count().Threads, Is.Zero);
    }

    [Test]
    public void Dispose_FromManyThreads_EachComesBackWhenItIsDone()
    {
        var rig = new BackendRig();
        using var front = new FrontEnd(rig.Path);
        front.Settle();
        Parallel.For(0, 8, _ =>
        {
            rig.Backend.Dispose();
            Assert.That(File.Exists(rig.Path), Is.False);
        });
        rig.Backend.Dispose();
        front.WaitForEnd();
        rig.Dispose();
    }

    [Test]
    public void Dispose_FromChanged_EndsTheThread()
    {
        using var rig = new BackendRig();
        rig.Changed = rig.Backend.Dispose;
        using var front = new FrontEnd(rig.Path);
        front.WaitForEnd();
        // On another thread Dispose waits until the back end's thread has ended.
        rig.Backend.Dispose();
        Assert.That(File.Exists(rig.Path), Is.False);
    }

    [Test]
    public void Dispose_FromTheWire_EndsTheThread()
    {
        using var rig = new BackendRig();
        rig.OnSend = rig.Backend.Dispose;
        using var transport = new VhostUserDriver(rig.Path);
        SendOne(transport);
        transport.FrontEnd.WaitForEnd();
        rig.Backend.Dispose();
        Assert.That(File.Exists(rig.Path), Is.False);
    }

    [Test]
    public void Dispose_WhileAFrontEndFloods_ComesBack([Values] bool messages)
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        var driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(false, true, true), 16);
        using var begun = new ManualResetEventSlim();
        var flood = Task.Run(() =>
        {
            // Until the connection ends, or long after the back end should have.
            for(var i = 0; i < 10_000_000 && (!messages || transport.FrontEnd.Send(Request.SetOwner, default)) && (messages || rig.Backend.IsConnected); i++)
            {
                Linux.Signal(transport.Kick(1));
                if(i == 1000)
                {
                    begun.Set();
                }
            }
        });
        Assert.That(begun.Wait(FrontEnd.Limit), Is.True);
        rig.Backend.Dispose();
        Assert.That(rig.Backend.IsConnected, Is.False);
        Assert.That(flood.Wait(FrontEnd.Limit), Is.True);
    }

    [TestCase("the wire")]
    [TestCase("Changed")]
    [TestCase("reports")]
    [TestCase("all of them")]
    [Rule("H-113", "F-11")]
    public void Defect_OnTheBackEndsThread_CostsTheConnectionAndNothingElse(string where)
    {
        using var rig = new BackendRig();
        var isThrown = false;
        Action defect = () =>
        {
            isThrown = true;
            throw new InvalidOperationException("a defect");
        };
        using(var first = new VhostUserDriver(rig.Path))
        {
            var driver = new NetDriver(first);
            driver.Start(TrafficTests.Wanted(false, true, true), 16);
            rig.WaitUntil(x => x.IsRunning, "running");
            rig.OnSend = where is "the wire" or "all of them" ? defect : null;
            rig.Changed = where is "Changed" or "all of them" ? defect : null;
            rig.OnReport = where is "reports" or "all of them" ? defect : null;
            if(where == "the wire" || where == "all of them")
            {
                driver.TransmitRing.Add(new Piece(first.Ram.Allocate(112), 112, false));
            }
            else
            {
                // The device parks: that is reported, and the back end does not run any more.
                driver.Transmit.AvailableIndex = 1000;
            }
            Linux.Signal(first.Kick(1));
            first.FrontEnd.WaitForEnd();
        }
        Assert.That(isThrown, Is.True);
        (rig.OnSend, rig.Changed, rig.OnReport) = (null, null, null);
        AssertServes(rig);
        Assert.That(rig.Reports.Where(x => x.Rule != null).Select(x => (x.Rule, x.Subject)), Has.Some.EqualTo((HostRules.Defect, "InvalidOperationException: a defect")));
    }

    [Test]
    [Rule("H-113", "F-22")]
    public void Defect_WhileAFrameIsReceived_CostsTheConnectionAndNotTheCaller()
    {
        using var rig = new BackendRig();
        using var first = new VhostUserDriver(rig.Path);
        var driver = new NetDriver(first);
        driver.Start(TrafficTests.Wanted(false, true, true), 16);
        driver.Receive.AvailableIndex = 1000;
        rig.OnReport = () =>
        {
            rig.OnReport = null;
            throw new InvalidOperationException("a defect");
        };
        rig.Backend.Receive(Frames.Make(100, 1));
        first.FrontEnd.WaitForEnd();
        rig.WaitForReports(2);
        Assert.That(rig.Reports[1], Is.EqualTo(new BackendRig.Report(HostRules.Defect, "InvalidOperationException: a defect", 0, 0)));
        AssertServes(rig);
    }

    [Test]
    [Rule("F-11")]
    public void Defect_InChangedAtTheEnd_DoesNotKeepTheSocket()
    {
        using var rig = new BackendRig();
        using var front = new FrontEnd(rig.Path);
        front.Settle();
        rig.WaitUntil(x => x.IsConnected, "connected");
        rig.Changed = () => throw new InvalidOperationException("a defect");
        rig.Backend.Dispose();
        Assert.That(File.Exists(rig.Path), Is.False);
        Assert.That(Resources.Count().Threads, Is.Zero);
    }

    // The system refuses to poll more entries than a process may have descriptors.
    [Test]
    public void Poll_Refused_CostsTheConnection_AndIsTriedAgain()
    {
        using var rig = new BackendRig();
        using(var front = new FrontEnd(rig.Path))
        {
            front.Settle();
            var before = Linux.LimitDescriptors(1);
            try
            {
                // Wakes the thread; its next wait is refused.
                front.Send(Request.SetOwner, default);
                front.WaitForEnd();
                rig.WaitForReports(1);
            }
            finally
            {
                Linux.LimitDescriptors(before);
            }
        }
        Assert.That(rig.Reports[0].Rule, Is.EqualTo(HostRules.Defect));
        Assert.That(rig.Reports[0].Subject, Does.StartWith("IOException: poll: "));
        AssertServes(rig);
    }

    [Test]
    public void FrontEnd_ThatNoDescriptorIsLeftFor_WaitsAndIsServedLater()
    {
        using var rig = new BackendRig();
        var socket = FrontEnd.New();
        FrontEnd front;
        var before = Linux.LimitDescriptors(Linux.LowestFreeDescriptor());
        try
        {
            front = new FrontEnd(rig.Path, socket);
            front.Send(Request.GetFeatures, default);
        }
        finally
        {
            Linux.LimitDescriptors(before);
        }
        front.Receive(Request.GetFeatures);
        front.Dispose();
        Assert.That(rig.Reports, Is.Empty);
    }

    [Test]
    public void Message_WhoseDescriptorsAreLost_SaysThatAndNotThatThereAreTooMany()
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        transport.Probe();
        using var kick = Linux.EventFd();
        var before = Linux.LimitDescriptors(Linux.LowestFreeDescriptor());
        try
        {
            transport.FrontEnd.Send(Request.SetVringKick, FrontEnd.Number(0), FrontEnd.Version, kick);
            transport.FrontEnd.WaitForEnd();
        }
        finally
        {
            Linux.LimitDescriptors(before);
        }
        rig.WaitForReports(1);
        Assert.That(rig.Reports.Select(x => x.Rule), Is.EqualTo(new[] { FrontEndRules.DescriptorsLost }));
        AssertServes(rig);
    }

    private static void SendOne(VhostUserDriver transport)
    {
        var driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(false, true, true), 16);
        driver.TransmitRing.Add(new Piece(transport.Ram.Allocate(112), 112, false));
        Linux.Signal(transport.Kick(1));
    }

    private static void AssertServes(BackendRig rig)
    {
        using var next = new VhostUserDriver(rig.Path);
        var honest = new NetDriver(next);
        honest.Start(TrafficTests.Wanted(true, true, true), 16);
        TrafficTests.Exchange(rig, honest, 100);
    }
}
