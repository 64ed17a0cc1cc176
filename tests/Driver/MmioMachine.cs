// renode-virtio-net, MIT licence: see LICENSE.
// A machine without PCI: the card's registers in the memory map, and one interrupt line.

using VirtioNet.Net;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;
using VirtioNet.Transport.Mmio;
using VirtioNet.Wire;

namespace VirtioNet.Driver;

/// <summary>A machine in memory with one card, whose transport is virtio over MMIO.</summary>
public sealed class MmioMachine : CardMachine, IInterruptLine
{
    /// <summary>Makes the machine; the parameters are those of <see cref="NetOptions"/> and <see cref="VirtioMmioDevice"/>.</summary>
    public MmioMachine(GuestRam? ram = null, byte[]? mac = null, int mtu = 1500, int queueSize = 256, int version = MmioLayout.ModernVersion, bool bigEndian = false, string features = "", int queuePairs = 1)
        : base(ram ?? new GuestRam { IsBigEndian = bigEndian && version == MmioLayout.LegacyVersion })
    {
        Device = new NetDevice(new NetOptions { Mac = MacAddress.Read(mac ?? DefaultMac).ToString(), Mtu = mtu, QueueSize = queueSize, Features = features, QueuePairs = queuePairs }, this);
        Card = new VirtioMmioDevice(Device, Ram, this, this, this, new MmioOptions { Version = version, GuestIsBigEndian = bigEndian });
    }

    /// <inheritdoc/>
    public override ulong Load(ulong address, int width) => Card.Read(address - CardBase, width);

    /// <inheritdoc/>
    public override void Store(ulong address, int width, ulong value) => Card.Write(address - CardBase, width, value);

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

    /// <summary>Address of the card's registers.</summary>
    public const ulong CardBase = 0x0A00_0000;

    /// <inheritdoc/>
    public override NetDevice Device { get; }

    /// <inheritdoc/>
    public override VirtioTransport Transport => Card.Transport;

    public VirtioMmioDevice Card { get; }

    /// <summary>Level of the interrupt.</summary>
    public bool Line { get; private set; }
}
