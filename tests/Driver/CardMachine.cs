// What surrounds the device in an emulator, whatever it is plugged into: RAM, deferred work, the wire, and a place for
// complaints.

using VirtioNet.Net;
using VirtioNet.Reports;
using VirtioNet.Transport.Core;

namespace VirtioNet.Driver;

/// <summary>A machine in memory with one network card.</summary>
public abstract class CardMachine : IMmioPlatform, IReports, IWorkScheduler, IFrameSink
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
    public void Send(ReadOnlySpan<byte> frame)
    {
        if(DropsFrames)
        {
            return;
        }
        if(Wire != null)
        {
            Wire(frame.ToArray());
        }
        else
        {
            Sent.Add(frame.ToArray());
        }
    }

    /// <summary>Runs deferred work until none is left, as an emulator's scheduler does.</summary>
    public void RunDeferred()
    {
        while(WorkPending)
        {
            WorkPending = false;
            Transport.RunDeferred();
        }
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

    /// <summary>Where frames go; if not set they are kept in <see cref="Sent"/>.</summary>
    public Action<byte[]>? Wire { get; set; }

    /// <summary>True if frames go nowhere, at no cost.</summary>
    public bool DropsFrames { get; set; }

    /// <summary>Frames that the device sent.</summary>
    public List<byte[]> Sent { get; } = new();

    /// <summary>What the device reported as misused.</summary>
    public List<string> Misuses { get; } = new();

    /// <summary>Why the device parked itself.</summary>
    public List<string> ParkedReasons { get; } = new();

    /// <summary>True while deferred work waits.</summary>
    public bool WorkPending { get; private set; }

    public static readonly byte[] DefaultMac = { 0x02, 0, 0, 0, 0, 0x01 };

    protected CardMachine(GuestRam ram)
    {
        Ram = ram;
    }
}
