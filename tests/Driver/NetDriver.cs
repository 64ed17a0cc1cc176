// renode-virtio-net, MIT licence: see LICENSE.
// A virtio-net driver: receive buffers, frames out, frames in. virtio v1.4-cs01: 5.1.5, 5.1.9.

using VirtioNet.Spec;

namespace VirtioNet.Driver;

/// <summary>Brings the card up and moves frames, as virtnet_probe and its poll loop do.</summary>
public sealed class NetDriver
{
    /// <summary>The features that the driver model takes unless a test asks for others.</summary>
    public static readonly FeatureSet AllFeatures = new FeatureSet()
        .With(Feature.Version1).With(Feature.Mac).With(Feature.Status).With(Feature.Mtu)
        .With(Feature.MrgRxbuf).With(Feature.IndirectDesc).With(Feature.EventIdx);

    public NetDriver(IDriverPlatform platform, int bufferSize = 2048, int? receiveBufferSize = null)
        : this(new VirtioPciDriver(platform), bufferSize, receiveBufferSize)
    {
    }

    /// <summary>Runs over any transport. Buffer sizes are in bytes, header included.</summary>
    public NetDriver(IVirtioDriver transport, int bufferSize = 2048, int? receiveBufferSize = null)
    {
        Transport = transport;
        this.bufferSize = bufferSize;
        this.receiveBufferSize = receiveBufferSize ?? bufferSize;
    }

    /// <summary>Probes, negotiates what is wanted and offered, sets up both queues and fills the receive queue.</summary>
    public void Start(FeatureSet? wanted = null, int queueSize = 0)
    {
        Transport.Probe();
        if(!Transport.Negotiate((wanted ?? AllFeatures) & Transport.ReadOffered()))
        {
            throw new InvalidOperationException($"the device refuses features {wanted ?? AllFeatures}");
        }
        ReceiveRing = Transport.SetupRing(NetLayout.ReceiveQueue, queueSize);
        TransmitRing = Transport.SetupRing(NetLayout.TransmitQueue, queueSize);
        transmitBuffers = new ulong[TransmitRing.Size];
        receiveBuffers = new ulong[ReceiveRing.Size];
        Transport.Status |= DeviceStatus.DriverOk;
        for(var i = 0; i < ReceiveRing.Size; i++)
        {
            OfferReceiveBuffer(Ram.Allocate(receiveBufferSize));
        }
        if(ReceiveRing.DeviceWantsNotification())
        {
            Transport.Notify(NetLayout.ReceiveQueue);
        }
    }

    /// <summary>Queues a frame and notifies the device if it asks for it. False if the queue is full.</summary>
    public bool TrySend(ReadOnlySpan<byte> frame)
    {
        ReclaimTransmitted();
        if(TransmitRing.FreeDescriptors < 2)
        {
            return false;
        }
        var buffer = TakeTransmitBuffer(frame.Length);
        Ram.Write(buffer, stackalloc byte[HeaderSize]);
        Ram.Write(buffer + (uint)HeaderSize, frame);
        var head = TransmitRing.Add(
            new Piece(buffer, (uint)HeaderSize, false),
            new Piece(buffer + (uint)HeaderSize, (uint)frame.Length, false));
        transmitBuffers[head] = buffer;
        if(TransmitRing.DeviceWantsNotification())
        {
            Transport.Notify(NetLayout.TransmitQueue);
        }
        return true;
    }

    /// <summary>Takes the next received frame, merging its buffers, and offers the buffers anew.</summary>
    public bool TryReceive(out byte[] frame)
    {
        frame = Array.Empty<byte>();
        if(!ReceiveRing.TryTakeUsed(out var used))
        {
            return false;
        }
        var first = receiveBuffers[used.Head];
        var buffers = HeaderSize > NetLayout.HeaderNumBuffers ? Ram.Read16(first + NetLayout.HeaderNumBuffers) : 1;
        var bytes = new List<byte>();
        bytes.AddRange(Bytes(first + (uint)HeaderSize, (int)used.Length - HeaderSize));
        OfferReceiveBuffer(first);
        for(var i = 1; i < buffers; i++)
        {
            if(!ReceiveRing.TryTakeUsed(out used))
            {
                throw new InvalidOperationException("the device shows only some of the buffers of a frame (NET-41)");
            }
            var buffer = receiveBuffers[used.Head];
            bytes.AddRange(Bytes(buffer, (int)used.Length));
            OfferReceiveBuffer(buffer);
        }
        if(ReceiveRing.DeviceWantsNotification())
        {
            Transport.Notify(NetLayout.ReceiveQueue);
        }
        frame = bytes.ToArray();
        return true;
    }

    /// <summary>The transport's driver.</summary>
    public IVirtioDriver Transport { get; }

    /// <summary><see cref="Transport"/> of a modern PCI card.</summary>
    public VirtioPciDriver Pci => (VirtioPciDriver)Transport;

    /// <summary>receiveq1.</summary>
    public IDriverRing ReceiveRing { get; private set; } = null!;

    /// <summary>transmitq1.</summary>
    public IDriverRing TransmitRing { get; private set; } = null!;

    /// <summary>receiveq1, where it is split.</summary>
    public SplitRing Receive => (SplitRing)ReceiveRing;

    /// <summary>transmitq1, where it is split.</summary>
    public SplitRing Transmit => (SplitRing)TransmitRing;

    private void OfferReceiveBuffer(ulong buffer)
    {
        var head = ReceiveRing.Add(new Piece(buffer, (uint)receiveBufferSize, true));
        receiveBuffers[head] = buffer;
    }

    private void ReclaimTransmitted()
    {
        while(TransmitRing.TryTakeUsed(out var used))
        {
            freeTransmitBuffers.Push(transmitBuffers[used.Head]);
        }
    }

    private ulong TakeTransmitBuffer(int length)
    {
        if(length > bufferSize - HeaderSize)
        {
            throw new ArgumentException($"a frame of {length} bytes does not fit the driver's buffers", nameof(length));
        }
        return freeTransmitBuffers.Count > 0 ? freeTransmitBuffers.Pop() : Ram.Allocate(bufferSize);
    }

    private byte[] Bytes(ulong address, int length)
    {
        var bytes = new byte[length];
        Ram.Read(address, bytes);
        return bytes;
    }

    private DriverMemory Ram => Transport.Memory;

    // 5.1.9.1: a legacy driver without mergeable buffers has no num_buffers.
    private int HeaderSize => Transport.Features.Has(Feature.GuestUdpTunnelGso) || Transport.Features.Has(Feature.HostUdpTunnelGso) ? NetLayout.TunnelHeaderSize
        : Transport.Features.Has(Feature.Version1) || Transport.Features.Has(Feature.MrgRxbuf)
        ? NetLayout.HeaderSize
        : NetLayout.LegacyHeaderSize;

    private ulong[] transmitBuffers = Array.Empty<ulong>();
    private ulong[] receiveBuffers = Array.Empty<ulong>();
    private readonly int bufferSize;
    private readonly int receiveBufferSize;
    private readonly Stack<ulong> freeTransmitBuffers = new();
}
