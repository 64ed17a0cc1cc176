// renode-virtio-net, MIT licence: see LICENSE.
// What an emulator gives a network card, over PCI or MMIO: RAM, deferred work, a network. It also keeps what the device
// reports.

using VirtioNet.Net;
using VirtioNet.Reports;
using VirtioNet.Transport.Core;
using VirtioNet.Wire;

namespace VirtioNet.Driver;

/// <summary>What a device reports of a frame that it has dropped. Length and limit are in bytes; limit is 0 if there is none.</summary>
public readonly record struct DroppedFrame(Rule Rule, int Length, ushort EtherType, int Limit)
{
    public override string ToString()
    {
        return $"a frame of {Length} bytes, EtherType 0x{EtherType:x4}, was dropped: {Rule}{(Limit == 0 ? "" : $" (limit {Limit})")}";
    }
}

/// <summary>A machine in memory with one network card.</summary>
public abstract class CardMachine : IMmioPlatform, IReports, IWorkScheduler, IPacketSink
{
    /// <inheritdoc/>
    public abstract ulong Load(ulong address, int width);

    /// <inheritdoc/>
    public abstract void Store(ulong address, int width, ulong value);

    /// <inheritdoc/>
    public void Misuse(Rule rule, ulong where, ulong value, string subject = "")
    {
        Misuses.Add(rule.Sentence);
    }

    /// <inheritdoc/>
    public void FrameDropped(Rule rule, int length, ushort etherType, int limit)
    {
        if(DroppedFrames.Count < MaxDroppedFrames)
        {
            DroppedFrames.Add(new DroppedFrame(rule, length, etherType, limit));
        }
    }

    /// <inheritdoc/>
    public void Parked(string reason)
    {
        ParkedReasons.Add(reason);
    }

    /// <inheritdoc/>
    public void Schedule()
    {
        WorkPending = true;
    }

    /// <inheritdoc/>
    public void WakeAt(ulong time)
    {
        Alarm = time;
    }

    /// <summary>Lets so many microseconds pass, and wakes the card at the times for which it asks.</summary>
    public void Pass(ulong microseconds)
    {
        var end = Time + microseconds;
        while(Alarm <= end)
        {
            Time = Math.Max(Time, Alarm);
            Alarm = ulong.MaxValue;
            Transport.Wake();
        }
        Time = end;
    }

    /// <inheritdoc/>
    public ulong Time { get; private set; } = 1000;

    /// <summary>When the card wants to be woken; ulong.MaxValue if it does not.</summary>
    public ulong Alarm { get; private set; } = ulong.MaxValue;

    /// <inheritdoc/>
    public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload)
    {
        if(Network != null)
        {
            isRefused = !Network.TrySend(packet, offload);
            return !isRefused;
        }
        foreach(var frame in software.Finish(packet, offload))
        {
            if(!DropsFrames)
            {
                Deliver(frame.ToArray());
            }
        }
        return true;
    }

    /// <summary>Runs deferred work until none is left, or until <see cref="Network"/> refuses a packet.</summary>
    public void RunDeferred()
    {
        isRefused = false;
        while(!isRefused && RunDeferredOnce())
        {
        }
    }

    /// <summary>Runs what is deferred now, as an emulator's scheduler does. False if there is nothing.</summary>
    public bool RunDeferredOnce()
    {
        if(!WorkPending)
        {
            return false;
        }
        WorkPending = false;
        Transport.RunDeferred();
        return true;
    }

    /// <inheritdoc/>
    public DriverMemory Memory => Ram;

    public GuestRam Ram { get; }

    /// <summary>The network device.</summary>
    public abstract NetDevice Device { get; }

    /// <summary>The card's transport.</summary>
    public abstract VirtioTransport Transport { get; }

    /// <summary>Rising edges of interrupts so far.</summary>
    public int Interrupts { get; set; }

    /// <summary>If set, takes packets as the device sends them, with checksum and segmentation still to be done.</summary>
    public IPacketSink? Network { get; set; }

    /// <summary>
    /// Takes finished frames, unless <see cref="Network"/> is set. If it is not set either, <see cref="Sent"/> keeps them.
    /// </summary>
    public Action<byte[]>? Wire { get; set; }

    /// <summary>True if finished frames are thrown away, and nothing is allocated for them.</summary>
    public bool DropsFrames { get; set; }

    /// <summary>Frames that the device sent.</summary>
    public List<byte[]> Sent { get; } = new();

    /// <summary>The rules that the driver broke, as the device reported them.</summary>
    public List<string> Misuses { get; } = new();

    /// <summary>What the device reported as dropped, and why: the first thousand.</summary>
    public List<DroppedFrame> DroppedFrames { get; } = new();

    /// <summary>Why the device parked itself.</summary>
    public List<string> ParkedReasons { get; } = new();

    /// <summary>True while deferred work waits.</summary>
    public bool WorkPending { get; private set; }

    /// <summary>The card's address unless a test gives another one.</summary>
    public static readonly byte[] DefaultMac = { 0x02, 0, 0, 0, 0, 0x01 };

    /// <summary><see cref="DefaultMac"/> as a user writes it.</summary>
    public const string DefaultMacText = "02:00:00:00:00:01";

    protected CardMachine(GuestRam ram)
    {
        Ram = ram;
    }

    private void Deliver(byte[] frame)
    {
        if(Wire != null)
        {
            Wire(frame);
        }
        else
        {
            Sent.Add(frame);
        }
    }

    // The network had no room for a packet in this run of deferred work.
    private bool isRefused;
    private readonly SoftwareOffload software = new();

    private const int MaxDroppedFrames = 1000;
}
