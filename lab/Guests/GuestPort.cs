// renode-virtio-net, MIT licence: see LICENSE.
// A port of the switch for a guest: its device is a vhost-user back end, to which the guest's QEMU connects.

using System.Diagnostics;
using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Outside.VhostUser;
using VirtioNet.Queues;
using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Lab.Guests;

/// <summary>A device whose driver connects at a Unix socket.</summary>
public sealed class GuestPort : IPacketPort, IPacketSink, IReports, IDisposable
{
    /// <summary>
    /// Makes the device, with features such as "+RING_PACKED" and so many pairs of queues, and listens. Packets of the guest go
    /// to <paramref name="send"/>, on the back end's thread.
    /// </summary>
    public GuestPort(string name, string socket, MacAddress mac, string features, Action<Packet> send, int queuePairs = 1)
    {
        Name = name;
        Mac = mac;
        this.send = send;
        Features = features;
        QueuePairs = queuePairs;
        Backend = Listen(socket);
    }

    /// <summary>Ends the back end and makes another one at the same socket, as if its process had been restarted.</summary>
    public void Restart()
    {
        var socket = Backend.Path;
        Backend.Dispose();
        Backend = Listen(socket);
    }

    /// <summary>A packet from the switch.</summary>
    public void Receive(Packet packet)
    {
        Backend.Receive(packet);
    }

    /// <summary>
    /// Waits until the condition holds; <paramref name="state"/> names it for the message. Throws after
    /// <see cref="ConsoleProcess.Limit"/> seconds.
    /// </summary>
    public void WaitUntil(Func<VhostUserBackend, bool> condition, string state)
    {
        var start = Stopwatch.GetTimestamp();
        lock(gate)
        {
            while(!condition(Backend))
            {
                var left = TimeSpan.FromSeconds(ConsoleProcess.Limit) - Stopwatch.GetElapsedTime(start);
                if(left <= TimeSpan.Zero)
                {
                    throw new GuestException($"guest {Name}: its back end was not {state} within {ConsoleProcess.Limit} seconds{string.Concat(Complaints.Select(x => "\n  " + x))}");
                }
                Monitor.Wait(gate, left);
            }
        }
    }

    public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload)
    {
        send(new Packet(packet.ToArray(), offload));
        return true;
    }

    public void Misuse(Rule rule, ulong where, ulong value, string subject = "")
    {
        Complain($"{(subject.Length == 0 ? "" : subject + ": ")}{rule} (0x{where:x}, 0x{value:x})");
    }

    public void FrameDropped(Rule rule, int length, ushort etherType, int limit)
    {
        lock(gate)
        {
            remarks.TryAdd(rule, new DroppedFrame(rule, length, etherType, limit));
        }
    }

    public void Parked(string reason)
    {
        Complain("parked: " + reason);
    }

    public void Dispose()
    {
        Backend.Dispose();
    }

    public string Name { get; }

    public PortOffloads Offloads => Backend.Offloads;

    public MacAddress Mac { get; }

    /// <summary>How the device's features differ from the usual ones.</summary>
    public string Features { get; }

    public int QueuePairs { get; }

    /// <summary>True if a front end has ever come.</summary>
    public bool WasConnected { get; private set; }

    public VhostUserBackend Backend { get; private set; }

    /// <summary>What the device complained of, each once: the first hundred.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock(gate)
            {
                return complaints.ToList();
            }
        }
    }

    /// <summary>Why frames were dropped, each reason once.</summary>
    public IReadOnlyList<string> Remarks
    {
        get
        {
            lock(gate)
            {
                return remarks.Values.Select(x => x.ToString()).ToList();
            }
        }
    }

    private VhostUserBackend Listen(string socket)
    {
        var options = new NetOptions { Mac = Mac.ToString(), Features = Features, QueuePairs = QueuePairs, HasControlQueue = false };
        var backend = new VhostUserBackend(new VhostUserOptions(socket), sink => new NetDevice(options, sink), this, this);
        backend.Changed += () =>
        {
            lock(gate)
            {
                WasConnected |= backend.IsConnected;
                Monitor.PulseAll(gate);
            }
        };
        backend.Start();
        return backend;
    }

    private void Complain(string text)
    {
        lock(gate)
        {
            if(complaints.Count < MostComplaints && !complaints.Contains(text))
            {
                complaints.Add(text);
            }
        }
    }

    private readonly object gate = new();
    private readonly List<string> complaints = new();
    private readonly Dictionary<Rule, DroppedFrame> remarks = new();
    private readonly Action<Packet> send;

    private const int MostComplaints = 100;
}
