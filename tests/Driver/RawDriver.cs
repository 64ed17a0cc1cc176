// renode-virtio-net, MIT licence: see LICENSE.
// A driver that brings the card up correctly, and leaves the rings to the test.

using VirtioNet.Net;
using VirtioNet.Spec;

namespace VirtioNet.Driver;

/// <summary>Both rings of a running card, empty: each chain and each kick is the caller's.</summary>
public sealed class RawDriver
{
    /// <summary>A driver of the modern or the legacy interface. It uses packed rings if it is told so and the card offers them.</summary>
    public RawDriver(PciMachine? machine = null, bool legacy = false, bool packed = false)
    {
        this.packed = packed;
        Machine = machine ?? new PciMachine(features: packed ? "+RING_PACKED" : "");
        Transport = legacy ? new LegacyPciDriver(Machine) : new VirtioPciDriver(Machine);
    }

    /// <summary>Probes, negotiates what is wanted and offered, sets up all queues and sets DRIVER_OK.</summary>
    public RawDriver Start(FeatureSet? wanted = null, int queueSize = 0)
    {
        var features = wanted ?? NetDriver.AllFeatures;
        features = packed ? features.With(Feature.RingPacked) : features;
        Transport.Probe();
        if(!Transport.Negotiate(features & Transport.ReadOffered()))
        {
            throw new InvalidOperationException($"the device refuses features {features}");
        }
        var pairs = Transport.Features.Has(Feature.Mq) || Transport.Features.Has(Feature.Rss) ? (int)Transport.DeviceConfig(NetLayout.ConfigMaxVirtqueuePairs, 2) : 1;
        ReceiveRings = Enumerable.Range(0, pairs).Select(x => Transport.SetupRing(2 * x, queueSize)).ToArray();
        TransmitRings = Enumerable.Range(0, pairs).Select(x => Transport.SetupRing(2 * x + 1, queueSize)).ToArray();
        if(Transport.Features.Has(Feature.CtrlVq))
        {
            Control = new ControlDriver(Transport, 2 * pairs);
        }
        Transport.Status |= DeviceStatus.DriverOk;
        return this;
    }

    /// <summary>Copies bytes into fresh guest memory.</summary>
    public ulong Place(ReadOnlySpan<byte> bytes)
    {
        var address = Ram.Allocate(bytes.Length);
        bytes.CopyTo(Ram.At(address, bytes.Length));
        return address;
    }

    /// <summary>Makes a message available, header and frame in one buffer, and kicks.</summary>
    public void Send(ReadOnlySpan<byte> frame, int pair = 0)
    {
        var message = Message(frame);
        TransmitRings[pair].Add(new Piece(Place(message), (uint)message.Length, false));
        Kick(TransmitRings[pair]);
    }

    /// <summary>Makes a message available in one buffer, with no kick.</summary>
    public ushort Offer(ReadOnlySpan<byte> message)
    {
        return TransmitRing.Add(new Piece(Place(message), (uint)message.Length, false));
    }

    /// <summary>Fills a receive buffer with <see cref="Poison"/> and makes it available, with no kick. Returns its address.</summary>
    public ulong OfferReceive(int length, int pair = 0)
    {
        var buffer = Ram.Allocate(length);
        Ram.At(buffer, length).Fill(Poison);
        ReceiveRings[pair].Add(new Piece(buffer, (uint)length, true));
        return buffer;
    }

    /// <summary>Rings the queue's doorbell.</summary>
    public void Kick(IDriverRing ring) => Transport.Notify(ring.Index);

    /// <summary>A header of zeros, then the frame.</summary>
    public static byte[] Message(ReadOnlySpan<byte> frame)
    {
        var message = new byte[NetLayout.HeaderSize + frame.Length];
        frame.CopyTo(message.AsSpan(NetLayout.HeaderSize));
        return message;
    }

    public PciMachine Machine { get; }

    /// <summary>The transport's driver.</summary>
    public IVirtioDriver Transport { get; }

    /// <summary><see cref="Transport"/> of the modern interface.</summary>
    public VirtioPciDriver Pci => (VirtioPciDriver)Transport;

    public GuestRam Ram => Machine.Ram;

    public NetCounters Counters => Machine.Device.Counters;

    /// <summary>True if the device says that it needs a reset.</summary>
    public bool NeedsReset => (Transport.Status & DeviceStatus.NeedsReset) != 0;

    /// <summary>The receive queues: one, or with MQ as many as the card has.</summary>
    public IDriverRing[] ReceiveRings { get; private set; } = Array.Empty<IDriverRing>();

    /// <summary>The transmit queues.</summary>
    public IDriverRing[] TransmitRings { get; private set; } = Array.Empty<IDriverRing>();

    /// <summary>receiveq1.</summary>
    public IDriverRing ReceiveRing => ReceiveRings[0];

    /// <summary>transmitq1.</summary>
    public IDriverRing TransmitRing => TransmitRings[0];

    /// <summary>controlq; there only if CTRL_VQ was negotiated.</summary>
    public ControlDriver Control { get; private set; } = null!;

    /// <summary>receiveq1, where it is split.</summary>
    public SplitRing Receive => (SplitRing)ReceiveRing;

    /// <summary>transmitq1, where it is split.</summary>
    public SplitRing Transmit => (SplitRing)TransmitRing;

    /// <summary>What is in a receive buffer before the device has written it.</summary>
    public const byte Poison = 0xA5;

    private readonly bool packed;
}
