// renode-virtio-net, MIT licence: see LICENSE.
// A vhost-user back end under test, the wire that its frames leave on, and the reports that it makes.

using System.Diagnostics;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Outside.VhostUser;
using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Tests.VhostUser;

/// <summary>A back end that listens at a socket in a folder of its own. Also its wire and its receiver of reports.</summary>
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
        return new VhostUserBackend(options, x => new NetDevice(new NetOptions { Mac = PciMachine.DefaultMacText, Features = features, QueuePairs = queuePairs, HasControlQueue = false }, x), this, this);
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

    /// <summary>How many different rules were reported.</summary>
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

    /// <summary>The folder of the socket, deleted at the end.</summary>
    public string Folder { get; }

    /// <summary>The socket that the back end listens at.</summary>
    public string Path { get; }

    /// <summary>Called for each frame before it is taken, on the back end's thread. May throw.</summary>
    public Action? OnSend { get; set; }

    /// <summary>Called for each report, after it was taken. May throw.</summary>
    public Action? OnReport { get; set; }

    /// <summary>Called when the back end has changed, on its thread. May throw.</summary>
    public Action? Changed { get; set; }

    /// <summary>The frames that were sent, if <see cref="KeepsFrames"/>. Locked while it changes.</summary>
    public List<byte[]> Sent { get; } = new();

    /// <summary>How many frames were sent.</summary>
    public int Frames { get; private set; }

    /// <summary>False if frames are only counted.</summary>
    public bool KeepsFrames { get; init; } = true;

    /// <summary>All reports in their order. Locked while it changes.</summary>
    public List<Report> Reports { get; } = new();

    /// <summary>A report of a broken rule; or, without a rule, that the device parked for the reason in Subject.</summary>
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
