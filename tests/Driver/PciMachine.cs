// What surrounds the device in an emulator: a PCI bus, interrupt lines, deferred work.

using VirtioNet.Net;
using VirtioNet.Pci;
using VirtioNet.Transport;

namespace VirtioNet.Driver;

/// <summary>
/// A machine in memory. One card is in slot 1 from the start; further functions can be plugged in.
/// </summary>
public sealed class PciMachine : IDriverPlatform, IInterruptLines, IGuestErrors, IWorkScheduler, IFrameSink, IMessageSink
{
    /// <summary>Makes the machine; the parameters are those of <see cref="NetDevice"/>, and of MSI-X if there are vectors.</summary>
    public PciMachine(GuestRam? ram = null, byte[]? mac = null, int mtu = 1500, int queueSize = 256, int vectors = 0, PciMode mode = PciMode.Transitional, bool bigEndian = false, string features = "", int rxQueueSize = 0, int txQueueSize = 0)
    {
        Ram = ram ?? new GuestRam { IsBigEndian = bigEndian };
        Bus = new PciBus(this, this);
        Device = new NetDevice(mac ?? DefaultMac, mtu, queueSize, this, rxQueueSize, txQueueSize, features);
        Card = new VirtioPciFunction(Device, Ram, this, this, new PciOptions { Mode = mode, Vectors = vectors, GuestIsBigEndian = bigEndian }, this);
        Bus.TryAdd(CardSlot, 0, Card);
    }

    /// <inheritdoc/>
    public void SetLine(int line, bool level)
    {
        Lines[line] = level;
        if(level)
        {
            Interrupts++;
        }
    }

    /// <inheritdoc/>
    public void SendMessage(ulong address, uint data)
    {
        Messages.Add((address, data));
    }

    /// <inheritdoc/>
    public void Misuse(string rule, ulong where, ulong value)
    {
        Misuses.Add(rule);
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
            Card.Transport.RunDeferred();
        }
    }

    /// <summary>ECAM offset of a register of the card.</summary>
    public static ulong Ecam(int slot, int register, int function = 0) => ((ulong)slot << 15) | ((ulong)function << 12) | (uint)register;

    public uint ReadConfig(int register, int width, int slot = CardSlot, int function = 0) => (uint)Bus.ReadConfig(Ecam(slot, register, function), width);

    public void WriteConfig(int register, int width, uint value, int slot = CardSlot, int function = 0) => Bus.WriteConfig(Ecam(slot, register, function), width, value);

    /// <inheritdoc/>
    public ulong Load(ulong address, int width) => Bus.Read(false, address, width);

    /// <inheritdoc/>
    public void Store(ulong address, int width, ulong value) => Bus.Write(false, address, width, value);

    /// <inheritdoc/>
    public ulong In(ulong port, int width) => Bus.Read(true, port, width);

    /// <inheritdoc/>
    public void Out(ulong port, int width, ulong value) => Bus.Write(true, port, width, value);

    /// <inheritdoc/>
    public DriverMemory Memory => Ram;

    /// <summary>Slot of the card.</summary>
    public const int CardSlot = 1;

    public static readonly byte[] DefaultMac = { 0x02, 0, 0, 0, 0, 0x01 };

    public GuestRam Ram { get; }

    public PciBus Bus { get; }

    public NetDevice Device { get; }

    public VirtioPciFunction Card { get; }

    /// <summary>Levels of INTA to INTD.</summary>
    public bool[] Lines { get; } = new bool[PciSpec.InterruptLines];

    /// <summary>Rising edges on any line so far.</summary>
    public int Interrupts { get; set; }

    /// <summary>Where frames go; if not set they are kept in <see cref="Sent"/>.</summary>
    public Action<byte[]>? Wire { get; set; }

    /// <summary>True if frames go nowhere, at no cost.</summary>
    public bool DropsFrames { get; set; }

    /// <summary>Frames that the device sent.</summary>
    public List<byte[]> Sent { get; } = new();

    /// <summary>Messages that arrived at the platform.</summary>
    public List<(ulong Address, uint Data)> Messages { get; } = new();

    /// <summary>What the device reported as misused.</summary>
    public List<string> Misuses { get; } = new();

    /// <summary>Why the device parked itself.</summary>
    public List<string> ParkedReasons { get; } = new();

    /// <summary>True while deferred work waits.</summary>
    public bool WorkPending { get; private set; }
}
