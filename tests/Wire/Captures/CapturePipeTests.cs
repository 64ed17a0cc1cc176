// renode-virtio-net, MIT licence: see LICENSE.
// Captures that somebody reads from a named pipe while they are made, or not yet, or not any more.

using System.Diagnostics;
using NUnit.Framework;
using VirtioNet.Outside;
using VirtioNet.Tests.VhostUser;
using VirtioNet.Wire.Captures;

namespace VirtioNet.Tests.Wire.Captures;

[Platform("Linux")]
public sealed class CapturePipeTests
{
    [SetUp]
    public void Connect()
    {
        rig = new CaptureRig();
        using var mkfifo = Process.Start("mkfifo", rig.Path);
        mkfifo.WaitForExit();
        Assert.That(mkfifo.ExitCode, Is.Zero);
        pipe = (CapturePipe)CapturePipe.Open(rig.Path, new CaptureOptions());
        rig.Start("direction in", pipe);
    }

    [TearDown]
    public void Remove()
    {
        rig.Capture.Close();
        rig.Remove();
    }

    [Test]
    public void Pipe_ThatIsReadLate_HasASectionAndTheNumberOfPacketsBefore()
    {
        Send(0, 3);
        using var reader = Open();
        rig.Run(1);
        Assert.That(Read(reader).Interfaces, Has.Count.EqualTo(2), "as soon as somebody reads");
        Send(2, 2);

        var read = new PcapngReader(Beginning.Concat(ReadBytes(reader)).ToArray());
        Assert.That(read.Packets.Select(x => (x.Place, x.Lost)), Is.EqualTo(new[] { ("net0 In 2", 3UL), ("net0 In 2", 0UL) }));
        Assert.That((rig.Capture.Written, rig.Capture.Lost), Is.EqualTo((2UL, 3UL)));
    }

    [Test]
    public void Pipe_ThatIsFull_LosesPacketsWithACountAndGoesOnWhenItIsRead()
    {
        using var reader = Open();
        rig.Run(0);
        // The pipe and what may wait for it have 5 MiB, as 60 KiB packets that are 86.
        for(var i = 0; i < 200; i++)
        {
            SendLarge(1);
        }
        var lost = rig.Capture.Lost;
        Assert.That(lost, Is.InRange(100, 180));
        var bytes = new List<byte>();
        for(var read = ReadBytes(reader); read.Length > 0; read = ReadBytes(reader))
        {
            bytes.AddRange(read);
            rig.Run(1);
        }
        Send(2, 1);
        bytes.AddRange(ReadBytes(reader));

        var packets = new PcapngReader(bytes.ToArray()).Packets;
        Assert.That(packets, Has.Count.EqualTo(201 - (int)lost));
        Assert.That(packets.Select(x => x.Lost), Is.EqualTo(Enumerable.Repeat(0UL, packets.Count - 1).Append(lost)));
        Assert.That(rig.Network.Devices[1].Received, Has.Count.EqualTo(201));
        Assert.That(rig.Log.Ends, Is.Empty);
    }

    [Test]
    public void Reader_ThatHasGone_IsFollowedByOneWhoGetsASectionOfItsOwn()
    {
        var first = Open();
        rig.Run(0);
        Send(1, 1);
        first.Dispose();
        Send(2, 1);
        Send(3, 1);
        Assert.That(rig.Capture.IsRunning, Is.True);
        using var second = Open();
        rig.Run(4);
        Send(5, 1);

        var read = new PcapngReader(ReadBytes(second));
        Assert.That(read.Sections, Has.Count.EqualTo(1));
        Assert.That(read.Packets.Select(x => x.Place), Is.EqualTo(new[] { "net0 In 5" }));
        Assert.That(rig.Network.Devices[1].Received, Has.Count.EqualTo(4));
    }

    [Test]
    public void Reader_AfterOneWhoHasLeftSomething_GetsNothingOfIt()
    {
        var first = Open();
        rig.Run(0);
        SendLarge(1);
        Assert.That(first.Read(new byte[1000]), Is.EqualTo(1000));
        first.Dispose();
        rig.Run(2);
        Assert.That(pipe.IsRead, Is.False);
        using var second = Open();
        rig.Run(3);
        Send(4, 1);

        Assert.That(new PcapngReader(ReadBytes(second)).Packets.Select(x => x.Place), Is.EqualTo(new[] { "net0 In 4" }));
    }

    [Test]
    public void Pipe_ThatWasRemoved_EndsTheCaptureWithOneReport()
    {
        File.Delete(rig.Path);
        Send(0, 1);
        Send(1, 1);

        Assert.That(rig.Log.Ends, Is.EqualTo(new[] { "fault: it is no named pipe any more" }));
    }

    [Test]
    public void Path_ThatIsNoPipe_IsAFile()
    {
        Assert.That(CapturePipe.Open(Path.Combine(rig.Folder, "file.pcapng"), new CaptureOptions()), Is.InstanceOf<CaptureFiles>());
        var refused = Assert.Catch<IOException>((Action)(() => { _ = new CapturePipe(Path.Combine(rig.Folder, "other.pcapng")); }));
        Assert.That(refused!.Message, Is.EqualTo("it is no named pipe any more"));
    }

    [Test]
    public void Pipe_ReadByTshark_ShowsPacketsWhileTheNetworkRuns()
    {
        using var tshark = Tshark.Start("-l", "-n", "-i", rig.Path, "-T", "fields", "-e", "frame.time_epoch");
        // Until it has opened the pipe.
        while(!pipe.IsRead)
        {
            if(tshark.HasExited)
            {
                Assert.Ignore("tshark cannot capture here: " + tshark.StandardError.ReadToEnd());
            }
            rig.Run(0);
        }
        Send(1, 1);
        var first = tshark.StandardOutput.ReadLine();
        Send(2, 1);
        var second = tshark.StandardOutput.ReadLine();
        rig.Capture.Close();
        tshark.WaitForExit();

        Assert.That(new[] { first, second }, Is.EqualTo(new[] { "0.000000001", "0.000000002" }));
    }

    // Does not wait for somebody who writes, and never reads the end of the file.
    private FileStream Open() => new(rig.Path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.ReadWrite, BufferSize = 0 });

    private PcapngReader Read(FileStream reader)
    {
        Beginning = ReadBytes(reader);
        return new PcapngReader(Beginning);
    }

    // What is in the pipe now.
    private static byte[] ReadBytes(FileStream reader)
    {
        var bytes = new List<byte>();
        var buffer = new byte[1 << 16];
        while(Linux.HasBytes(reader.SafeFileHandle))
        {
            bytes.AddRange(buffer[..reader.Read(buffer)]);
        }
        return bytes.ToArray();
    }

    private void Send(ulong time, int count)
    {
        for(var i = 0; i < count; i++)
        {
            rig.Network.Send(0, 1, time);
        }
        rig.Run(time);
    }

    private void SendLarge(ulong time)
    {
        var packet = new byte[60_000];
        Switching.NetworkRig.Frame(0, 1).AsSpan(0, 14).CopyTo(packet);
        rig.Network.Send(0, packet, time);
        rig.Run(time);
    }

    private byte[] Beginning { get; set; } = Array.Empty<byte>();

    private CaptureRig rig = null!;
    private CapturePipe pipe = null!;
}
