// renode-virtio-net, MIT licence: see LICENSE.
// A network with one port at a socket, and what the port reports.

using System.Diagnostics;
using NUnit.Framework;
using VirtioNet.Outside.Sockets;
using VirtioNet.Reports;
using VirtioNet.Tests.VhostUser;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Sockets;

/// <summary>What comes from the port, frames and reports; and a folder for sockets.</summary>
internal sealed class SocketRig : IPacketSink, IReports, IDisposable
{
    public SocketRig()
    {
        if(!OperatingSystem.IsLinux())
        {
            Assert.Ignore("ports at sockets wait as Linux does");
        }
        Folder = Directory.CreateTempSubdirectory("sockets").FullName;
    }

    /// <summary>A port that listens at a path of the folder, or at a TCP port of its own; started.</summary>
    public StreamSocketPort Serve(bool tcp = false) => Start(tcp ? "server=on,addr.type=inet,addr.host=127.0.0.1,addr.port=0" : $"server=on,addr.type=unix,addr.path={Path}");

    /// <summary>A port made of words, started. It ends with the rig.</summary>
    public StreamSocketPort Start(string words)
    {
        var port = new StreamSocketPort(StreamSocketOptions.Parse(words), this, this);
        port.Changed += Pulse;
        Own(port);
        port.Start();
        return port;
    }

    /// <summary>A port that has a datagram socket in the folder, or a UDP port, and whose partner has another one there; started.</summary>
    public DatagramSocketPort StartDatagram(string words)
    {
        var port = new DatagramSocketPort(DatagramSocketOptions.Parse(words), this, this);
        Own(port);
        port.Start();
        return port;
    }

    /// <summary>Ends something with the rig.</summary>
    public void Own(IDisposable owned) => this.owned.Add(owned);

    /// <summary>Waits for something that a frame, a report or a change of a port brings.</summary>
    public void WaitUntil(Func<bool> condition, string what)
    {
        var start = Stopwatch.GetTimestamp();
        lock(gate)
        {
            while(!condition())
            {
                var left = FrontEnd.Limit - Stopwatch.GetElapsedTime(start);
                if(left <= TimeSpan.Zero)
                {
                    throw new TimeoutException($"within {FrontEnd.Limit.TotalSeconds} s it has not come about that {what}; {Frames} frames have come; reports: {string.Join("; ", Reports)}");
                }
                Monitor.Wait(gate, left);
            }
        }
    }

    public void WaitForConnection(StreamSocketPort port) => WaitUntil(() => port.IsConnected, "a partner is connected");

    public void WaitForEnd(StreamSocketPort port) => WaitUntil(() => !port.IsConnected, "no partner is connected");

    public void WaitForFrames(int count) => WaitUntil(() => Frames >= count, $"{count} frames have come");

    public void WaitForReports(int count) => WaitUntil(() => Reports.Count >= count, $"{count} reports were made");

    public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload)
    {
        if(OnSend?.Invoke() == false)
        {
            return false;
        }
        lock(gate)
        {
            Frames++;
            if(KeepsFrames)
            {
                Received.Add(packet.ToArray());
            }
            Last = KeepsFrames || packet.Length == 61 ? packet.ToArray() : null;
            Monitor.PulseAll(gate);
        }
        return true;
    }

    public void Misuse(Rule rule, ulong where, ulong value, string subject = "") => Add(new Report(rule, subject, where, value));

    public void FrameDropped(Rule rule, int length, ushort etherType, int limit) => Add(new Report(rule, $"a frame of {length} bytes", etherType, (ulong)limit));

    public void Parked(string reason) => Assert.Fail("nothing parks here");

    public void Dispose()
    {
        owned.ForEach(x => x.Dispose());
        Directory.Delete(Folder, true);
    }

    public void Pulse()
    {
        lock(gate)
        {
            Monitor.PulseAll(gate);
        }
    }

    public string Folder { get; }

    /// <summary>Where a socket of the folder is.</summary>
    public string Path => System.IO.Path.Combine(Folder, "s");

    /// <summary>Called for each frame, on the port's thread. False if there is no room for it.</summary>
    public Func<bool>? OnSend { get; set; }

    public bool KeepsFrames { get; init; } = true;

    public List<byte[]> Received { get; } = new();

    public int Frames { get; private set; }

    /// <summary>The frame that came last, if frames are kept or it has 61 bytes, as the tests' own have.</summary>
    public byte[]? Last { get; private set; }

    public List<Report> Reports { get; } = new();

    public sealed record Report(Rule Rule, string Subject, ulong Where, ulong Value);

    private void Add(Report report)
    {
        lock(gate)
        {
            if(Reports.Count < MostReports)
            {
                Reports.Add(report);
            }
            Monitor.PulseAll(gate);
        }
    }

    private readonly object gate = new();
    private readonly List<IDisposable> owned = new();

    private const int MostReports = 10_000;
}
