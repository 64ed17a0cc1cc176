// renode-virtio-net, MIT licence: see LICENSE.
// How a back end starts to listen at its path, and what it says if it cannot.

using System.Net.Sockets;
using NUnit.Framework;
using VirtioNet.Outside.VhostUser;

namespace VirtioNet.Tests.VhostUser;

[NonParallelizable]
public sealed class StartTests
{
    [Test]
    public void Start_OnAPathInUse_IsRefused()
    {
        using var rig = new BackendRig();
        AssertRefused(rig, rig.Path, "another process listens there");
    }

    [Test]
    public void Start_OnThePathOfSomebodyWhoIsBusy_IsRefusedAndDoesNotWait()
    {
        using var rig = new BackendRig();
        using var busy = FrontEnd.New();
        busy.Bind(new UnixDomainSocketEndPoint(rig.Path + "busy"));
        busy.Listen(1);
        // Nobody accepts them, so there is no room for one more.
        var waiting = Enumerable.Range(0, 2).Select(_ => new FrontEnd(rig.Path + "busy")).ToList();
        var start = Task.Run(() => AssertRefused(rig, rig.Path + "busy", "another process listens there"));
        try
        {
            Assert.That(start.Wait(FrontEnd.Limit), Is.True);
        }
        finally
        {
            waiting.ForEach(x => x.Dispose());
        }
    }

    [Test]
    public void Start_OnAFile_IsRefused_AndTheFileStays()
    {
        using var rig = new BackendRig();
        File.WriteAllText(rig.Path + "file", "precious");
        AssertRefused(rig, rig.Path + "file", "no socket");
        Assert.That(File.ReadAllText(rig.Path + "file"), Is.EqualTo("precious"));
    }

    [TestCase("/no/such/folder/s", "folder does not exist")]
    [TestCase("", "1 to 107 bytes")]
    [TestCase("a\0b", "1 to 107 bytes")]
    public void Start_OnAPathThatCannotBe_SaysWhy(string path, string reason)
    {
        using var rig = new BackendRig();
        AssertRefused(rig, path, reason);
    }

    [TestCase(107)]
    [TestCase(108)]
    public void Start_OnTheLongestPathThatThereIs_IsAccepted_AndOnALongerOneRefused(int length)
    {
        using var rig = new BackendRig();
        var path = rig.Path.PadRight(length, 'x');
        if(length == 108)
        {
            AssertRefused(rig, path, "this one has 108");
            return;
        }
        using var backend = rig.Make(new VhostUserOptions(path));
        backend.Start();
        using var front = new FrontEnd(path);
        front.Settle();
    }

    [Test]
    public void Start_InAFolderWithoutRights_IsRefused()
    {
        using var rig = new BackendRig();
        Linux.SetWritable(rig.Folder, false);
        try
        {
            Linux.SetNobody(true);
            AssertRefused(rig, rig.Path + "2", "ermission denied");
        }
        finally
        {
            Linux.SetNobody(false);
            Linux.SetWritable(rig.Folder, true);
        }
    }

    [Test]
    public void Start_OnTheSocketOfADeadProcess_TakesItOver()
    {
        using var rig = new BackendRig();
        var path = rig.Path + "stale";
        using(var dead = FrontEnd.New())
        {
            dead.Bind(new UnixDomainSocketEndPoint(rig.Path + "x"));
            // .NET removes the file of a socket that it closes; a process that dies leaves it.
            File.Move(rig.Path + "x", path);
        }
        using var backend = rig.Make(new VhostUserOptions(path));
        backend.Start();
        using var front = new FrontEnd(path);
        front.Settle();
    }

    // Start is tried with one more descriptor each time until it succeeds. Each refused try leaves nothing behind.
    [Test]
    public void Start_WithoutDescriptors_LeavesNothingBehind_AndCanBeTriedAgain()
    {
        using var rig = new BackendRig();
        var path = rig.Path + "2";
        using var backend = rig.Make(new VhostUserOptions(path));
        var before = Resources.Count();
        // The system gives out the lowest free number, so the free ones between those in use are taken first.
        var taken = Linux.TakeNumbersInBetween();
        var refusals = 0;
        for(var limit = Linux.LowestFreeDescriptor(); !TryStart(backend, limit, ref refusals); limit++)
        {
            Assert.That(File.Exists(path), Is.False);
        }
        taken.ForEach(x => x.Dispose());
        Assert.That(refusals, Is.GreaterThan(1));
        using(var front = new FrontEnd(path))
        {
            front.Settle();
        }
        backend.Dispose();
        Assert.That(Resources.Count(), Is.EqualTo(before));
    }

    [Test]
    public void Start_Twice_OrAfterTheEnd_IsADefectOfTheCaller()
    {
        using var rig = new BackendRig();
        Assert.That((Action)rig.Backend.Start, Throws.InvalidOperationException.With.Message.Contains("started already"));
        rig.Backend.Dispose();
        Assert.That((Action)rig.Backend.Start, Throws.InvalidOperationException.With.Message.Contains("disposed"));
        using var never = rig.Make(new VhostUserOptions(rig.Path));
        never.Dispose();
        Assert.That((Action)never.Start, Throws.InvalidOperationException.With.Message.Contains("disposed"));
    }

    private static bool TryStart(VhostUserBackend backend, int limit, ref int refusals)
    {
        var before = Linux.LimitDescriptors(limit);
        try
        {
            backend.Start();
            return true;
        }
        catch(IOException)
        {
            refusals++;
            return false;
        }
        finally
        {
            Linux.LimitDescriptors(before);
        }
    }

    private static void AssertRefused(BackendRig rig, string path, string reason)
    {
        using var second = rig.Make(new VhostUserOptions(path));
        Assert.That((Action)second.Start, Throws.InstanceOf<IOException>().With.Message.StartsWith($"cannot listen at {path}: ").And.Message.Contains(reason));
    }
}
