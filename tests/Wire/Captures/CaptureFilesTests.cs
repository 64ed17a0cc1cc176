// renode-virtio-net, MIT licence: see LICENSE.
// Files of captures: rings, limits, and what happens to them from outside.

using NUnit.Framework;
using VirtioNet.Tests.Wire.Links;
using VirtioNet.Tests.Wire.Switching;
using VirtioNet.Wire.Captures;
using static VirtioNet.Tests.Wire.Switching.NetworkRig;

namespace VirtioNet.Tests.Wire.Captures;

public sealed class CaptureFilesTests
{
    [SetUp]
    public void Connect()
    {
        rig = new CaptureRig();
    }

    [TearDown]
    public void Remove()
    {
        rig.Remove();
    }

    [Test]
    public void File_IsMadeAnewAndCanBeReadAtOnceAndAfterEachRun()
    {
        File.WriteAllText(rig.Path, "something older that is longer than the beginning of a capture, and then some and some and some and some and some and some more");
        rig.Start();
        Assert.That(rig.Read().Interfaces, Has.Count.EqualTo(2));

        Send(0, 1);
        Assert.That(rig.Read().Packets, Has.Count.EqualTo(2));
        Send(1, 600);
        Assert.That(rig.Read().Packets, Has.Count.EqualTo(1202));
        Assert.That(rig.Read().Sections, Has.Count.EqualTo(1));
    }

    [Test]
    public void File_OfALongRun_IsWrittenBeforeItsEnd()
    {
        rig.Start();
        var length = 0L;
        rig.Network.Devices[1].Receiving = x => length = Math.Max(length, new FileInfo(rig.Path).Length);
        rig.Network.Send(0, 1, time: 0);
        for(var i = 0; i < 20; i++)
        {
            rig.Network.Send(0, Large(i), (ulong)i);
        }
        rig.Run(Second);

        Assert.That(length, Is.GreaterThan(1 << 20).And.LessThan(new FileInfo(rig.Path).Length));
        Assert.That(rig.Read().Packets, Has.Count.EqualTo(42));
    }

    [Test]
    public void Ring_TurnsAtItsSizeAndKeepsTheNewestFiles()
    {
        rig.Start("ring 4kb 3");
        for(var i = 0; i < 100; i++)
        {
            Send((ulong)i, 2);
        }

        var files = Directory.GetFiles(rig.Folder).Order().ToArray();
        Assert.That(files, Has.Length.EqualTo(3));
        Assert.That(files.Select(x => new FileInfo(x).Length), Is.All.InRange(1000, 4096));
        var times = files.SelectMany(x => PcapngReader.Read(x).Packets).Select(x => x.Time).ToArray();
        Assert.That(times, Is.Ordered.And.Length.GreaterThan(50));
        Assert.That(times[^1], Is.EqualTo(99));
        Assert.That(files.Select(Path.GetFileName), Is.EqualTo(new[] { "lan_00009.pcapng", "lan_00010.pcapng", "lan_00011.pcapng" }));
    }

    [Test]
    public void Ring_WithoutANumberOfFiles_KeepsAll()
    {
        rig.Start("ring 4kb");
        for(var i = 0; i < 100; i++)
        {
            Send((ulong)i, 2);
        }

        var packets = Directory.GetFiles(rig.Folder).Order().SelectMany(x => PcapngReader.Read(x).Packets).ToArray();
        Assert.That(packets, Has.Length.EqualTo(400));
        Assert.That(packets.Select(x => x.Time), Is.Ordered);
    }

    [Test]
    public void Ring_OfAPacketThatIsLonger_HasItInAFile()
    {
        rig.Start("ring 4kb direction in");
        rig.Network.Send(0, Large(0), 0);
        rig.Network.Send(0, Large(1), 1);
        rig.Run(1);

        Assert.That(Directory.GetFiles(rig.Folder).Order().Select(x => PcapngReader.Read(x).Packets.Count), Is.EqualTo(new[] { 1, 1 }).Or.EqualTo(new[] { 1, 1, 0 }));
    }

    [Test]
    public void Limit_Reached_EndsTheCaptureWithOneReport([Values("", "ring 4kb 2 ")] string ring)
    {
        rig.Start(ring + "limit 20000");
        for(var i = 0; i < 100; i++)
        {
            Send((ulong)i, 2);
        }

        Assert.That(rig.Log.Ends, Is.EqualTo(new[] { "it has reached its limit of 20000 bytes" }));
        Assert.That(rig.Network.Devices[1].Received, Has.Count.EqualTo(200));
        var files = Directory.GetFiles(rig.Folder).Select(x => new FileInfo(x).Length).ToArray();
        Assert.That(files, ring.Length > 0 ? Is.All.InRange(500, 4096) : Is.All.InRange(19800, 20000));
        Assert.That(Directory.GetFiles(rig.Folder).Select(x => PcapngReader.Read(x).Packets.Count), Is.All.Positive);
    }

    // Wherever in a file the limit is reached, also where the next one would have been begun.
    [Test]
    public void Limit_ReachedAtTheEndOfAFile_LeavesNoFileWithoutPackets()
    {
        var ends = 0;
        for(var limit = 4096; limit < 8400; limit += 100)
        {
            foreach(var file in Directory.GetFiles(rig.Folder))
            {
                File.Delete(file);
            }
            rig.Start($"ring 4kb limit {limit}");
            for(var i = 0; i < 50 && rig.Capture.IsRunning; i++)
            {
                Send(rig.Network.Network.Now, 1);
            }
            ends += rig.Capture.IsRunning ? 0 : 1;
            Assert.That(Directory.GetFiles(rig.Folder).Select(x => PcapngReader.Read(x).Packets.Count), Is.All.Positive, $"limit {limit}");
        }
        Assert.That(ends, Is.EqualTo(44));
    }

    [Test]
    public void File_WithASnapshot_GoesOnAsIfThereWereNone()
    {
        rig.Start();
        rig.Network.Ports[0].In.Settings = Words("delay 5ms");
        Send(0, 3);
        var copy = FieldCopy.Of(rig);
        Finish(rig);
        var expected = File.ReadAllBytes(rig.Path);

        // As in a process that loads a snapshot, and finds the file as it was then.
        File.WriteAllBytes(rig.Path, expected[..LengthOf(copy)]);
        Finish(copy);

        Assert.That(File.ReadAllBytes(rig.Path), Is.EqualTo(expected));
        Assert.That((copy.Read().Packets.Count, copy.Read().Sections.Count), Is.EqualTo((16, 1)));
    }

    [Test]
    public void File_ThatHasGoneOnSinceTheSnapshot_EndsWhereItEndedThen([Values("", "snaplen 1 direction out")] string words, [Values(0, 1, 3)] int packets)
    {
        rig.Start(words);
        rig.Network.Ports[0].In.Settings = Words("delay 5ms");
        Send(0, packets);
        var copy = FieldCopy.Of(rig);
        Finish(rig);
        var expected = File.ReadAllBytes(rig.Path);
        Send(2 * Second, 7);
        copy.Capture.GoOn();
        Finish(copy);

        Assert.That(File.ReadAllBytes(rig.Path), Is.EqualTo(expected));
        Assert.That(copy.Capture.Bytes, Is.EqualTo(expected.Length));
    }

    [Test]
    public void Ring_ThatHasGoneOnSinceTheSnapshot_GoesOnInTheFileOfThen()
    {
        rig.Start("ring 4kb");
        Send(0, 30);
        var copy = FieldCopy.Of(rig);
        Send(1, 10);
        var expected = Directory.GetFiles(rig.Folder).Order().Select(File.ReadAllBytes).ToArray();
        Send(2, 3);
        copy.Capture.GoOn();
        for(var i = 0; i < 10; i++)
        {
            copy.Network.Send(0, 1, 1);
        }
        copy.Run(1);

        Assert.That(expected, Has.Length.GreaterThan(1));
        Assert.That(Directory.GetFiles(rig.Folder).Order().Select(File.ReadAllBytes), Is.EqualTo(expected));
    }

    // Another one may be longer or as long, and have the same beginning: it was made by another run.
    [Test]
    public void File_ThatIsAnotherOneThanThatOfTheSnapshot_KeepsWhatItHas([Values(0, 1000)] int longer)
    {
        rig.Start();
        Send(0, 3);
        var copy = FieldCopy.Of(rig);
        var mine = new byte[new FileInfo(rig.Path).Length + longer];
        File.ReadAllBytes(rig.Path).AsSpan(0, 300).CopyTo(mine);
        File.WriteAllBytes(rig.Path, mine);
        copy.Capture.GoOn();
        Finish(copy);

        var now = File.ReadAllBytes(rig.Path);
        Assert.That(now.AsSpan(0, mine.Length).SequenceEqual(mine), Is.True);
        Assert.That(new PcapngReader(now[mine.Length..]).Packets, Has.Count.EqualTo(10));
    }

    [Test]
    public void File_ThatIsGoneSinceTheSnapshot_IsMadeAgain()
    {
        rig.Start();
        Send(0, 3);
        var copy = FieldCopy.Of(rig);
        File.Delete(rig.Path);
        copy.Capture.GoOn();
        Finish(copy);

        Assert.That(copy.Read().Packets, Has.Count.EqualTo(10));
    }

    // A full disk; and a file that nobody may write, not even root.
    [TestCase("/dev/full")]
    [TestCase("/proc/version")]
    public void File_ThatCannotBeWrittenSinceTheSnapshot_EndsTheCapture(string device)
    {
        if(!File.Exists(device))
        {
            Assert.Ignore($"there is no {device}");
        }
        rig.Start();
        Send(0, 3);
        var copy = FieldCopy.Of(rig);
        File.Delete(rig.Path);
        File.CreateSymbolicLink(rig.Path, device);
        copy.Capture.GoOn();
        Finish(copy);

        Assert.That(copy.Log.Ends, Has.Count.EqualTo(1).And.All.StartsWith("fault: "));
        Assert.That(copy.Network.Devices[1].Received, Is.Not.Empty);
    }

    [Test]
    public void File_ChangedByOthersWithoutASnapshot_GetsANewSectionAtItsEnd()
    {
        rig.Start();
        Send(0, 3);
        var length = new FileInfo(rig.Path).Length;
        File.AppendAllText(rig.Path, "mine");
        Send(1, 2);

        Assert.That(new PcapngReader(File.ReadAllBytes(rig.Path)[(int)(length + 4)..]).Packets, Has.Count.EqualTo(4));
    }

    [Test]
    public void File_ThatWasRemoved_IsMadeAgain()
    {
        rig.Start();
        Send(0, 3);
        File.Delete(rig.Path);
        Send(1, 2);

        Assert.That(rig.Read().Packets, Has.Count.EqualTo(4));
        Assert.That(rig.Log.Ends, Is.Empty);
    }

    // Whoever writes to the file meanwhile would find half a block of ours in it.
    [Test]
    public void File_ThatIsChangedInARun_EndsTheCaptureAndIsLeftAlone()
    {
        rig.Start();
        rig.Network.Devices[1].Receiving = x => File.WriteAllText(rig.Path, "mine");
        Send(0, 3);
        Send(1, 3);

        Assert.That(rig.Log.Ends, Is.EqualTo(new[] { "fault: it was changed or removed while it was written" }));
        Assert.That(File.ReadAllText(rig.Path), Is.EqualTo("mine"));
        Assert.That(rig.Network.Devices[1].Received, Has.Count.EqualTo(6));
    }

    [Test]
    public void File_ThatCannotBeWrittenAnyMore_EndsTheCaptureAndHarmsNoTraffic()
    {
        rig.Start();
        File.Delete(rig.Path);
        Directory.CreateDirectory(rig.Path);
        Send(0, 3);
        Send(1, 3);

        Assert.That(rig.Network.Devices[1].Received, Has.Count.EqualTo(6));
        Assert.That(rig.Log.Ends, Has.Count.EqualTo(1).And.All.StartsWith("fault: "));
    }

    // /dev/full takes every write as a full disk does.
    [Test]
    public void File_OnAFullDisk_EndsTheCaptureAndHarmsNoTraffic()
    {
        if(!File.Exists("/dev/full"))
        {
            Assert.Ignore("there is no /dev/full");
        }
        rig.Start();
        File.Delete(rig.Path);
        File.CreateSymbolicLink(rig.Path, "/dev/full");
        Send(0, 3);
        Send(1, 3);

        Assert.That(rig.Network.Devices[1].Received, Has.Count.EqualTo(6));
        Assert.That(rig.Log.Ends, Has.Count.EqualTo(1).And.All.StartsWith("fault: "));
    }

    [Test]
    public void Path_ThatCannotBeWritten_IsRefusedAtOnce()
    {
        Assert.Catch<IOException>((Action)(() => { _ = new CaptureFiles(Path.Combine(rig.Folder, "none", "lan.pcapng"), new CaptureOptions()); }));
        Assert.Catch<UnauthorizedAccessException>((Action)(() => { _ = new CaptureFiles(rig.Folder, new CaptureOptions()); }));
    }

    private static int LengthOf(CaptureRig rig)
    {
        // A section that was begun after the copy was made is not in it.
        return checked((int)rig.Files!.Written);
    }

    private static void Finish(CaptureRig rig)
    {
        rig.Run(5 * Ms);
        rig.Network.Ports[0].In.Settings = Words("delay 1ms");
        rig.Network.Send(0, 1, rig.Network.Network.Now);
        for(var i = 0; i < 4; i++)
        {
            rig.Network.Send(1, 0, rig.Network.Network.Now);
        }
        rig.Run(Second);
    }

    private void Send(ulong time, int count)
    {
        for(var i = 0; i < count; i++)
        {
            rig.Network.Send(0, 1, time);
        }
        rig.Run(time);
    }

    private static byte[] Large(int seed)
    {
        var packet = new byte[60_000];
        new Random(seed).NextBytes(packet);
        Frame(0, 1).AsSpan(0, 14).CopyTo(packet);
        return packet;
    }

    private CaptureRig rig = null!;
}
