// A port of the switch with a back end behind it, where a guest's QEMU connects.

using System.Diagnostics;
using VirtioNet.Net;
using VirtioNet.Outside.VhostUser;
using VirtioNet.Queues;
using VirtioNet.Reports;

namespace VirtioNet.Lab.Guests;

/// <summary>A device that waits for a driver at a socket.</summary>
public sealed class GuestPort : IFrameSink, IReports, IDisposable
{
    /// <summary>Makes the device, with features such as "+RING_PACKED" and pairs of queues, and listens. Frames of the guest go to <paramref name="send"/>.</summary>
    public GuestPort(string name, string socket, MacAddress mac, string features, Action<byte[]> send, int queuePairs = 1)
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

    /// <summary>A frame from the switch.</summary>
    public void Receive(byte[] frame)
    {
        Backend.Receive(frame);
    }

    /// <summary>Waits for a state of the back end; <paramref name="state"/> names it for the message.</summary>
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

    public void Send(ReadOnlySpan<byte> frame)
    {
        send(frame.ToArray());
    }

    public void Misuse(Rule rule, ulong where, ulong value, string subject = "")
    {
        Complain($"{(subject.Length == 0 ? "" : subject + ": ")}{rule} (0x{where:x}, 0x{value:x})");
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

    public MacAddress Mac { get; }

    /// <summary>How the device's features differ from the usual ones.</summary>
    public string Features { get; }

    public int QueuePairs { get; }

    /// <summary>True if a front end has ever come.</summary>
    public bool WasConnected { get; private set; }

    public VhostUserBackend Backend { get; private set; }

    /// <summary>What the device complained of, each once.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock(gate)
            {
                return complaints.Distinct().ToList();
            }
        }
    }

    private VhostUserBackend Listen(string socket)
    {
        var backend = new VhostUserBackend(socket, sink => new NetDevice(Mac.ToArray(), Mtu, QueueSize, sink, features: Features, queuePairs: QueuePairs), this, this);
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
            complaints.Add(text);
        }
    }

    private readonly object gate = new();
    private readonly List<string> complaints = new();
    private readonly Action<byte[]> send;

    private const int Mtu = 1500;
    private const int QueueSize = 256;
}
