// renode-virtio-net, MIT licence: see LICENSE.
// The real device and its driver, around one ring.

using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Reports;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;
using VirtioNet.Transport.Mmio;
using VirtioNet.Wire;

namespace VirtioNet.Bench;

/// <summary>The format of a ring.</summary>
public enum RingFormat
{
    Split,
    Packed,
}

/// <summary>
/// A running card with virtio-mmio registers, brought up as a guest does it, and the ring of one of its queues as the C
/// driver sees it.
/// </summary>
public sealed unsafe class BenchCard : IMmioPlatform, IInterruptLine, IWorkScheduler, IReports, IPacketSink, IDisposable
{
    /// <summary>Brings up a card with that ring format, and lays out the buffers of one queue for frames of that length.</summary>
    public BenchCard(RingFormat format, int queue, int frameLength)
    {
        if(RingLoop.RingBytes() != (nuint)sizeof(Ring))
        {
            throw new InvalidOperationException("struct ring of ring_loop.c and Ring of RingLoop.cs differ: give them the same fields");
        }
        var bufferSize = (NetLayout.HeaderSize + frameLength + 63) / 64 * 64;
        Ram = new HostMemory(bufferSize * Batch + (1 << 16));
        Device = new NetDevice(new NetOptions { Mac = "02:00:00:00:00:01", Mtu = NetLayout.MaxMtu, QueueSize = QueueSize, Features = format == RingFormat.Packed ? "+RING_PACKED" : "" }, this);
        Card = new VirtioMmioDevice(Device, Ram, this, this, this, new MmioOptions());
        driver = new MmioDriver(this);
        driver.Probe();
        if(!driver.Negotiate(driver.ReadOffered()))
        {
            throw new InvalidOperationException("the device refuses its own features");
        }
        var ring = SetupQueue(queue, format);
        ring.Buffers = Ram.Allocate(bufferSize * Batch, 64);
        ring.BufferSize = (uint)bufferSize;
        ring.FrameSize = (uint)frameLength;
        ring.Writable = queue == NetLayout.ReceiveQueue ? 1U : 0;
        Ring = ring;
        driver.Status |= DeviceStatus.DriverOk;
    }

    /// <inheritdoc/>
    public bool TrySend(ReadOnlySpan<byte> packet, in PacketOffload offload)
    {
        FramesSent = unchecked(FramesSent + 1) & int.MaxValue;
        packet.CopyTo(wire);
        if(Kept != null)
        {
            Kept[FramesSent % Kept.Length] = packet.ToArray();
        }
        return true;
    }

    /// <inheritdoc/>
    public ulong Load(ulong address, int width) => Card.Read(address - MmioMachine.CardBase, width);

    /// <inheritdoc/>
    public void Store(ulong address, int width, ulong value) => Card.Write(address - MmioMachine.CardBase, width, value);

    /// <inheritdoc/>
    public void SetLevel(bool level) => Interrupts++;

    /// <inheritdoc/>
    public void Misuse(Rule rule, ulong where, ulong value, string subject = "") => throw new InvalidOperationException(rule.Sentence);

    /// <inheritdoc/>
    public void FrameDropped(Rule rule, int length, ushort etherType, int limit) => throw new InvalidOperationException(rule.Sentence);

    /// <inheritdoc/>
    public void Parked(string reason) => throw new InvalidOperationException(reason);

    /// <inheritdoc/>
    public void Schedule() => isWorkLeft = true;

    public void WakeAt(ulong time) => throw new InvalidOperationException("nothing here asks for moderation");

    public ulong Time => 0;

    /// <summary>
    /// Notifies the device of what is to be sent, and runs the work that it defers: a batch of the largest frames is more than
    /// one notification may do.
    /// </summary>
    public void Notify()
    {
        Card.Transport.Notify(NetLayout.TransmitQueue);
        while(isWorkLeft)
        {
            isWorkLeft = false;
            Card.Transport.RunDeferred();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Ram.Dispose();

    /// <summary>If set, the last frames that the device sent, each in an array of its own.</summary>
    public byte[][]? Kept { get; set; }

    /// <summary>Frames that the device sent.</summary>
    public int FramesSent { get; private set; }

    public HostMemory Ram { get; }

    public NetDevice Device { get; }

    public VirtioMmioDevice Card { get; }

    public int Interrupts { get; private set; }

    /// <inheritdoc/>
    public DriverMemory Memory => Ram;

    /// <summary>The ring as it is at its start; a benchmark takes a copy.</summary>
    public Ring Ring { get; }

    /// <summary>Descriptors of a queue: the card's default.</summary>
    public const int QueueSize = 256;

    /// <summary>Frames that are available at once: what Linux polls at a time.</summary>
    public const int Batch = 64;

    private Ring SetupQueue(int queue, RingFormat format)
    {
        var packed = format == RingFormat.Packed;
        var ring = new Ring
        {
            Ram = Ram.Host,
            Base = Ram.Base,
            DescriptorArea = Ram.Allocate(RingLayout.DescriptorSize * QueueSize, 64),
            DriverArea = Ram.Allocate(RingLayout.RingEntries + RingLayout.AvailEntrySize * QueueSize + RingLayout.EventSize, 64),
            DeviceArea = Ram.Allocate(RingLayout.RingEntries + RingLayout.UsedEntrySize * QueueSize + RingLayout.EventSize, 64),
            Size = QueueSize,
            Packed = packed ? 1U : 0,
        };
        if(packed)
        {
            // 2.8.1: wrap counters start with 1.
            ring.Offered.Wrap = ring.Taken.Wrap = ring.Next.Wrap = ring.Done.Wrap = 1;
        }
        driver.Write(MmioReg.QueueSel, (uint)queue);
        driver.Write(MmioReg.QueueSize, QueueSize);
        driver.WriteAddress(MmioReg.QueueDesc, ring.DescriptorArea);
        driver.WriteAddress(MmioReg.QueueDriver, ring.DriverArea);
        driver.WriteAddress(MmioReg.QueueDevice, ring.DeviceArea);
        driver.Write(MmioReg.QueueReady, 1);
        return ring;
    }

    private bool isWorkLeft;

    // As in the C loop, every frame is copied out of guest memory, into the same buffer.
    private readonly byte[] wire = new byte[Ethernet.MaxFrameSize];

    private readonly MmioDriver driver;
}
