// A machine without PCI: the card's registers in the memory map, and one interrupt line.

using VirtioNet.Net;
using VirtioNet.Spec;
using VirtioNet.Transport;

namespace VirtioNet.Driver;

/// <summary>A machine in memory whose card is behind virtio over MMIO.</summary>
public sealed class MmioMachine : IMmioPlatform, IInterruptLine, IGuestErrors, IWorkScheduler, IFrameSink
{
    /// <summary>Makes the machine; the parameters are those of <see cref="NetDevice"/> and <see cref="VirtioMmioDevice"/>.</summary>
    public MmioMachine(GuestRam? ram = null, byte[]? mac = null, int mtu = 1500, int queueSize = 256, int version = MmioLayout.ModernVersion, bool bigEndian = false, string features = "")
    {
        Ram = ram ?? new GuestRam { IsBigEndian = bigEndian && version == MmioLayout.LegacyVersion };
        Device = new NetDevice(mac ?? PciMachine.DefaultMac, mtu, queueSize, this, features: features);
        Card = new VirtioMmioDevice(Device, Ram, this, this, this, version, bigEndian);
    }

    /// <inheritdoc/>
    public ulong Load(ulong address, int width) => Card.Read(address - CardBase, width);

    /// <inheritdoc/>
    public void Store(ulong address, int width, ulong value) => Card.Write(address - CardBase, width, value);

    /// <inheritdoc/>
    public void SetLevel(bool level)
    {
        if(level == Line)
        {
            throw new InvalidOperationException($"the line is driven to {level} twice");
        }
        Line = level;
        if(level)
        {
            Interrupts++;
        }
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

    /// <summary>Address of the card's registers.</summary>
    public const ulong CardBase = 0x0A00_0000;

    /// <inheritdoc/>
    public DriverMemory Memory => Ram;

    public GuestRam Ram { get; }

    public NetDevice Device { get; }

    public VirtioMmioDevice Card { get; }

    /// <summary>Level of the interrupt.</summary>
    public bool Line { get; private set; }

    /// <summary>Rising edges of the interrupt so far.</summary>
    public int Interrupts { get; set; }

    /// <summary>Where frames go; if not set they are kept in <see cref="Sent"/>.</summary>
    public Action<byte[]>? Wire { get; set; }

    /// <summary>Frames that the device sent.</summary>
    public List<byte[]> Sent { get; } = new();

    /// <summary>What the device reported as misused.</summary>
    public List<string> Misuses { get; } = new();

    /// <summary>Why the device parked itself.</summary>
    public List<string> ParkedReasons { get; } = new();

    /// <summary>True while deferred work waits.</summary>
    public bool WorkPending { get; private set; }
}
