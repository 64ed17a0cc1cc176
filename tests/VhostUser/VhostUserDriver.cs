// renode-virtio-net, MIT licence: see LICENSE.
// A virtio driver that reaches its device over vhost-user: QEMU and its guest in one.

using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.VhostUser;

/// <summary>Negotiates over the socket; rings and buffers are in shared memory, notifications are eventfds.</summary>
internal sealed class VhostUserDriver : IVirtioDriver, IDisposable
{
    public VhostUserDriver(string path, ulong protocolFeatures = AllProtocolFeatures, SharedRam? ram = null)
    {
        this.path = path;
        this.protocolFeatures = protocolFeatures;
        Ram = ram ?? new SharedRam();
    }

    /// <summary>Connects, and sends what QEMU sends before the guest's driver starts.</summary>
    public void Probe()
    {
        if(FrontEnd != null)
        {
            return;
        }
        FrontEnd = new FrontEnd(path);
        FrontEnd.Send(Request.SetOwner, default);
        offered = FrontEnd.AskNumber(Request.GetFeatures);
        if(protocolFeatures != 0)
        {
            FrontEnd.AskNumber(Request.GetProtocolFeatures);
            FrontEnd.Send(Request.SetProtocolFeatures, FrontEnd.Number(protocolFeatures));
        }
    }

    /// <summary>Connects again, as after the back end was gone, and sends everything but the rings.</summary>
    public void Reconnect()
    {
        FrontEnd = null!;
        Probe();
        FrontEnd.Send(Request.SetFeatures, FrontEnd.Number(Features.Low | (protocolFeatures != 0 ? ProtocolFeaturesBit : 0)));
        ShareMemory();
        Status = status;
    }

    public FeatureSet ReadOffered() => new(offered & ~ProtocolFeaturesBit, 0);

    public bool Negotiate(FeatureSet wanted)
    {
        Status = DeviceStatus.None;
        Features = wanted;
        FrontEnd.Send(Request.SetFeatures, FrontEnd.Number(wanted.Low | (protocolFeatures != 0 ? ProtocolFeaturesBit : 0)));
        ShareMemory();
        return true;
    }

    public void ShareMemory()
    {
        FrontEnd.Send(Request.SetMemTable, FrontEnd.Table((Ram.Base, (ulong)Ram.Size, SharedRam.UserBase, 0)), FrontEnd.Version, Ram.File);
    }

    public IDriverRing SetupRing(int index, int size = 0)
    {
        size = size == 0 ? 64 : size;
        IDriverRing ring = Features.Has(Feature.RingPacked) ? new PackedRing(Memory, index, size, Features) : new SplitRing(Memory, index, size, Features);
        StartRing(ring, Features.Has(Feature.RingPacked) ? 0x8000_8000 : 0);
        return ring;
    }

    /// <summary>
    /// Describes a ring to the back end and starts it at a position, as SET_VRING_BASE takes it. With protocol features the ring is
    /// enabled, too, unless the caller does that.
    /// </summary>
    public void StartRing(IDriverRing ring, uint position, bool enable = true)
    {
        var index = ring.Index;
        FrontEnd.Send(Request.SetVringNum, FrontEnd.State(index, (uint)ring.Size));
        FrontEnd.Send(Request.SetVringBase, FrontEnd.State(index, position));
        FrontEnd.Send(Request.SetVringAddr, FrontEnd.Addr(index, 0, Ram.ToUser(ring.DescriptorArea), Ram.ToUser(ring.DeviceArea), Ram.ToUser(ring.DriverArea)));
        FrontEnd.Send(Request.SetVringCall, FrontEnd.Number((ulong)index), FrontEnd.Version, Call(index));
        FrontEnd.Send(Request.SetVringErr, FrontEnd.Number((ulong)index), FrontEnd.Version, Err(index));
        FrontEnd.Send(Request.SetVringKick, FrontEnd.Number((ulong)index), FrontEnd.Version, Kick(index));
        if(protocolFeatures != 0 && enable)
        {
            Enable(index, true);
        }
        started.Add(index);
    }

    /// <summary>Enables or disables a ring.</summary>
    public void Enable(int index, bool enable)
    {
        FrontEnd.Send(Request.SetVringEnable, FrontEnd.State(index, enable ? 1U : 0));
    }

    /// <summary>Stops a ring. Returns its position, as GET_VRING_BASE gives it.</summary>
    public uint StopRing(int index)
    {
        started.Remove(index);
        return BinaryPrimitives.ReadUInt32LittleEndian(FrontEnd.Ask(Request.GetVringBase, FrontEnd.State(index, 0)).AsSpan(4));
    }

    public void Notify(int queue)
    {
        Linux.Signal(Kick(queue));
        FrontEnd.Settle();
    }

    public byte ReadIsr() => 0;

    public ulong DeviceConfig(int offset, int width)
    {
        var payload = FrontEnd.State(offset, (uint)width).Concat(new byte[4 + width]).ToArray();
        return FrontEnd.Ask(Request.GetConfig, payload).Skip(12).Take(width).Reverse().Aggregate(0UL, (value, x) => value << 8 | x);
    }

    public void Dispose()
    {
        Close();
        Ram.Dispose();
    }

    /// <summary>Closes the connection and the eventfds, but keeps the memory.</summary>
    public void Close()
    {
        FrontEnd?.Dispose();
        foreach(var handle in events.Values)
        {
            handle.Dispose();
        }
    }

    public DeviceStatus Status
    {
        get => status;
        set
        {
            status = value;
            if((protocolFeatures & StatusFeature) != 0)
            {
                FrontEnd.Send(Request.SetStatus, FrontEnd.Number((ulong)value));
            }
            else if(value == DeviceStatus.None)
            {
                started.ToList().ForEach(x => StopRing(x));
            }
            FrontEnd.Settle();
        }
    }

    public FeatureSet Features { get; private set; }

    public DriverMemory Memory => Ram;

    public SharedRam Ram { get; }

    public FrontEnd FrontEnd { get; private set; } = null!;

    public SafeFileHandle Kick(int index) => Event(0, index);

    public SafeFileHandle Call(int index) => Event(1, index);

    public SafeFileHandle Err(int index) => Event(2, index);

    /// <summary>MQ, REPLY_ACK, NET_MTU, RESET_DEVICE, STATUS.</summary>
    public const ulong AllProtocolFeatures = 0x1_2019;

    public const ulong StatusFeature = 1 << 16;

    public const ulong ProtocolFeaturesBit = 1 << 30;

    private SafeFileHandle Event(int kind, int index)
    {
        if(!events.TryGetValue((kind, index), out var handle))
        {
            events[(kind, index)] = handle = Linux.EventFd();
        }
        return handle;
    }

    private DeviceStatus status;
    private ulong offered;
    private readonly string path;
    private readonly ulong protocolFeatures;
    private readonly List<int> started = new();
    private readonly Dictionary<(int, int), SafeFileHandle> events = new();
}
