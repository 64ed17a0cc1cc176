// A back end with its wire, and what it complains of.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Outside.VhostUser;
using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Tests.VhostUser;

/// <summary>A back end that listens in a folder of its own.</summary>
internal sealed class BackendRig : IPacketSink, IReports, IDisposable
{
    public BackendRig(int queuePairs = 1, string features = "+RING_PACKED", bool config = false)
    {
        if(!OperatingSystem.IsLinux())
        {
            Assert.Ignore("vhost-user passes descriptors as Linux does");
        }
        folder = Directory.CreateTempSubdirectory("vhost").FullName;
        Path = System.IO.Path.Combine(folder, "s");
        Backend = new VhostUserBackend(Path, x => new NetDevice(new NetOptions { Mac = PciMachine.DefaultMacText, Features = features, QueuePairs = queuePairs }, x), this, this, config);
        Backend.Changed += () =>
        {
            lock(changed)
            {
                Monitor.PulseAll(changed);
            }
        };
        Backend.Start();
    }

    /// <summary>Makes the wire throw at the next frame.</summary>
    public void BreakWire(string message) => defect = message;

    /// <summary>Waits for a state of the back end.</summary>
    public void WaitUntil(Func<VhostUserBackend, bool> condition)
    {
        lock(changed)
        {
            while(!condition(Backend))
            {
                Monitor.Wait(changed);
            }
        }
    }

    public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload)
    {
        if(Interlocked.Exchange(ref defect, null) is string message)
        {
            throw new InvalidOperationException(message);
        }
        Sending?.Invoke();
        lock(Sent)
        {
            foreach(var frame in software.Finish(packet, offload))
            {
                Frames++;
                if(KeepsFrames)
                {
                    Sent.Add(frame.ToArray());
                }
            }
        }
        return true;
    }

    public void Misuse(Rule rule, ulong where, ulong value, string subject = "")
    {
        Complain($"{subject}: {rule}");
    }

    public void FrameDropped(Rule rule, int length, ushort etherType, int limit)
    {
        Complain($"frame dropped: {rule}");
    }

    /// <summary>What was complained of, each once.</summary>
    public int CountComplaints()
    {
        lock(Complaints)
        {
            return Complaints.Distinct().Count();
        }
    }

    public void Parked(string reason) => Complain("parked: " + reason);

    public void Dispose()
    {
        Backend.Dispose();
        Directory.Delete(folder, true);
    }

    public VhostUserBackend Backend { get; }

    public string Path { get; }

    public List<byte[]> Sent { get; } = new();

    /// <summary>Frames that were sent.</summary>
    public int Frames { get; private set; }

    /// <summary>False if frames are only counted.</summary>
    public bool KeepsFrames { get; init; } = true;

    /// <summary>Is called on the back end's thread for each packet that leaves.</summary>
    public Action? Sending { get; set; }

    public List<string> Complaints { get; } = new();

    private void Complain(string text)
    {
        lock(Complaints)
        {
            Complaints.Add(text);
        }
    }

    private string? defect;

    private readonly SoftwareOffload software = new();
    private readonly string folder;
    private readonly object changed = new();
}
