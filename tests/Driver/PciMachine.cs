// renode-virtio-net, MIT licence: see LICENSE.
// A machine with a PCI bus, interrupt lines and messages.

using VirtioNet.Net;
using VirtioNet.Pci;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;
using VirtioNet.Transport.Pci;
using VirtioNet.Wire;

namespace VirtioNet.Driver;

/// <summary>
/// A machine in memory. One card is in slot 1 from the start; further functions can be plugged in.
/// </summary>
public sealed class PciMachine : CardMachine, IDriverPlatform, IInterruptLines, IMessageSink
{
    /// <summary>Makes the machine; the parameters are those of <see cref="NetOptions"/>, and of MSI-X if there are vectors.</summary>
    public PciMachine(GuestRam? ram = null, byte[]? mac = null, int mtu = 1500, int queueSize = 256, int vectors = 0, PciMode mode = PciMode.Transitional, bool bigEndian = false, string features = "", int rxQueueSize = 0, int txQueueSize = 0, int queuePairs = 1, long speed = NetLayout.UnknownSpeed, string duplex = "unknown")
        : base(ram ?? new GuestRam { IsBigEndian = bigEndian })
    {
        Bus = new PciBus(this, this);
        Device = new NetDevice(new NetOptions
        {
            Mac = MacAddress.Read(mac ?? DefaultMac).ToString(),
            Mtu = mtu,
            QueueSize = queueSize,
            RxQueueSize = rxQueueSize,
            TxQueueSize = txQueueSize,
            Features = features,
            QueuePairs = queuePairs,
            Speed = speed,
            Duplex = duplex,
        }, this);
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
        MessageArrived?.Invoke();
    }

    /// <summary>ECAM offset of a register of the card.</summary>
    public static ulong Ecam(int slot, int register, int function = 0) => ((ulong)slot << 15) | ((ulong)function << 12) | (uint)register;

    public uint ReadConfig(int register, int width, int slot = CardSlot, int function = 0) => (uint)Bus.ReadConfig(Ecam(slot, register, function), width);

    public void WriteConfig(int register, int width, uint value, int slot = CardSlot, int function = 0) => Bus.WriteConfig(Ecam(slot, register, function), width, value);

    /// <inheritdoc/>
    public override ulong Load(ulong address, int width) => Bus.Read(false, address, width);

    /// <inheritdoc/>
    public override void Store(ulong address, int width, ulong value) => Bus.Write(false, address, width, value);

    /// <inheritdoc/>
    public ulong In(ulong port, int width) => Bus.Read(true, port, width);

    /// <inheritdoc/>
    public void Out(ulong port, int width, ulong value) => Bus.Write(true, port, width, value);

    /// <summary>Slot of the card.</summary>
    public const int CardSlot = 1;

    public PciBus Bus { get; }

    /// <inheritdoc/>
    public override NetDevice Device { get; }

    /// <inheritdoc/>
    public override VirtioTransport Transport => Card.Transport;

    public VirtioPciFunction Card { get; }

    /// <summary>Levels of INTA to INTD.</summary>
    public bool[] Lines { get; } = new bool[PciSpec.InterruptLines];

    /// <summary>Messages that arrived at the platform.</summary>
    public List<(ulong Address, uint Data)> Messages { get; } = new();

    /// <summary>Called for each message, as a guest's interrupt handler is.</summary>
    public Action? MessageArrived { get; set; }
}
