// renode-virtio-net, MIT licence: see LICENSE.
// A network with a capture, in a folder of its own.

using NUnit.Framework;
using VirtioNet.Tests.Wire.Switching;
using VirtioNet.Wire.Captures;

namespace VirtioNet.Tests.Wire.Captures;

internal sealed class CaptureRig
{
    public CaptureRig(int ports = 2)
    {
        Network = new NetworkRig(ports);
        Network.Learn();
        Folder = Directory.CreateTempSubdirectory("captures-").FullName;
        Path = System.IO.Path.Combine(Folder, "lan.pcapng");
    }

    public NetworkCapture Start(string words = "", ICaptureOutput? output = null)
    {
        Assert.That(CaptureOptions.TryRead(words, out var options, out var fault), Is.True, fault);
        Files = output == null ? new CaptureFiles(Path, options) : null;
        return Start(options, output ?? Files!);
    }

    public NetworkCapture Start(CaptureOptions options, ICaptureOutput output)
    {
        Capture = new NetworkCapture(Network.Network, options, output, Log);
        Network.Network.Observers.Add(Capture);
        return Capture;
    }

    /// <summary>Runs the network as whoever has one does.</summary>
    public void Run(ulong until)
    {
        Network.Network.Run(until);
        Capture.Flush();
    }

    public PcapngReader Read() => PcapngReader.Read(Path);

    public void Remove()
    {
        Directory.Delete(Folder, true);
    }

    public NetworkRig Network { get; }

    public NetworkCapture Capture { get; private set; } = null!;

    public CaptureFiles? Files { get; private set; }

    public CaptureLog Log { get; } = new();

    public string Folder { get; }

    public string Path { get; }
}

internal sealed class CaptureLog : ICaptureLog
{
    public void CaptureEnded(NetworkCapture capture, string reason, bool isFault)
    {
        Ends.Add((isFault ? "fault: " : "") + reason);
    }

    public List<string> Ends { get; } = new();
}

/// <summary>Keeps what is written, and does as it is told.</summary>
internal sealed class MemoryOutput : ICaptureOutput
{
    public CaptureRoom Prepare(int length, int beginning)
    {
        Preparing?.Invoke();
        if(!HasRoom)
        {
            return CaptureRoom.Full;
        }
        var room = IsFresh ? CaptureRoom.BeginsSection : CaptureRoom.GoesOn;
        Asked = IsFresh ? beginning : length;
        IsFresh = false;
        return room;
    }

    public void Write(ReadOnlySpan<byte> blocks)
    {
        bytes.AddRange(blocks.ToArray());
        Asked -= blocks.Length;
    }

    public void Flush()
    {
        Flushing?.Invoke();
    }

    public void GoOn()
    {
    }

    public void Close()
    {
        Closed++;
    }

    public PcapngReader Read() => new(bytes.ToArray());

    public bool HasRoom { get; set; } = true;

    public bool IsFresh { get; set; } = true;

    /// <summary>Bytes that were asked for and not written.</summary>
    public int Asked { get; private set; }

    public int Closed { get; private set; }

    public Action? Preparing { get; set; }

    public Action? Flushing { get; set; }

    private readonly List<byte> bytes = new();
}
