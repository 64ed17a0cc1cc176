// renode-virtio-net, MIT licence: see LICENSE.
// A back end with its wire, and what it reports.

using System.Diagnostics;
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
        Folder = Directory.CreateTempSubdirectory("vhost").FullName;
        Path = System.IO.Path.Combine(Folder, "s");
        Backend = Make(new VhostUserOptions(Path) { OffersConfiguration = config }, queuePairs, features);
        Backend.Changed += () =>
        {
            Changed?.Invoke();
            lock(changed)
            {
                Monitor.PulseAll(changed);
            }
        };
        Backend.Start();
    }

    /// <summary>Another back end with the same wire, not started.</summary>
    public VhostUserBackend Make(VhostUserOptions options, int queuePairs = 1, string features = "")
    {
        return new VhostUserBackend(options, x => new NetDevice(new NetOptions { Mac = PciMachine.DefaultMacText, Features = features, QueuePairs = queuePairs }, x), this, this);
    }

    /// <summary>Waits for a state of the back end, which the message names if it does not come.</summary>
    public void WaitUntil(Func<VhostUserBackend, bool> condition, string state)
    {
        WaitFor(changed, () => condition(Backend), $"the back end is {state}");
    }

    /// <summary>Waits until so many reports were made.</summary>
    public void WaitForReports(int count)
    {
        WaitFor(Reports, () => Reports.Count >= count, $"{count} reports were made");
    }

    /// <summary>Waits until so many frames have left.</summary>
    public void WaitForFrames(int count)
    {
        WaitFor(Sent, () => Sent.Count >= count, $"{count} frames have left");
    }

    public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload)
    {
        OnSend?.Invoke();
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
            Monitor.PulseAll(Sent);
        }
        return true;
    }

    public void Misuse(Rule rule, ulong where, ulong value, string subject = "") => Add(new Report(rule, subject, where, value));

    public void FrameDropped(Rule rule, int length, ushort etherType, int limit) => Add(new Report(rule, $"a frame of {length} bytes", etherType, (ulong)limit));

    public void Parked(string reason) => Add(new Report(null, reason, 0, 0));

    /// <summary>Different rules that were broken.</summary>
    public int CountRules()
    {
        lock(Reports)
        {
            return Reports.Select(x => x.Rule).Distinct().Count();
        }
    }

    public void Dispose()
    {
        Backend.Dispose();
        if(Directory.Exists(Folder))
        {
            Directory.Delete(Folder, true);
        }
    }

    public VhostUserBackend Backend { get; }

    public string Folder { get; }

    public string Path { get; }

    /// <summary>Called for each frame before it is taken, on the back end's thread. May throw.</summary>
    public Action? OnSend { get; set; }

    /// <summary>Called for each report, after it was taken. May throw.</summary>
    public Action? OnReport { get; set; }

    /// <summary>Called when the back end has changed, on its thread. May throw.</summary>
    public Action? Changed { get; set; }

    public List<byte[]> Sent { get; } = new();

    /// <summary>Frames that were sent.</summary>
    public int Frames { get; private set; }

    /// <summary>False if frames are only counted.</summary>
    public bool KeepsFrames { get; init; } = true;

    public List<Report> Reports { get; } = new();

    /// <summary>A report, or the reason to park if it has no rule.</summary>
    public sealed record Report(Rule? Rule, string Subject, ulong Where, ulong Value);

    private void Add(Report report)
    {
        lock(Reports)
        {
            Reports.Add(report);
            Monitor.PulseAll(Reports);
        }
        OnReport?.Invoke();
    }

    private void WaitFor(object gate, Func<bool> condition, string what)
    {
        var start = Stopwatch.GetTimestamp();
        lock(gate)
        {
            while(!condition())
            {
                var left = FrontEnd.Limit - Stopwatch.GetElapsedTime(start);
                if(left <= TimeSpan.Zero)
                {
                    throw new TimeoutException($"within {FrontEnd.Limit.TotalSeconds} s it has not come about that {what}; {Sent.Count} frames have left; reports: {string.Join("; ", Reports)}");
                }
                Monitor.Wait(gate, left);
            }
        }
    }

    private readonly SoftwareOffload software = new();
    private readonly object changed = new();
}
