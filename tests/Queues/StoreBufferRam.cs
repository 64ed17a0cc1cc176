// renode-virtio-net, MIT licence: see LICENSE.
// Guest RAM as driver and device see it while the device's stores wait in a CPU's store buffer.

using VirtioNet.Driver;
using VirtioNet.Memory;

namespace VirtioNet.Tests.Queues;

/// <summary>
/// RAM in which the driver sees the device's stores only after a fence. Real CPUs keep them back for a shorter time, and x86
/// like Arm lets a CPU load before its earlier stores are seen. The driver's own stores are seen at once: it is taken to
/// have a fence after each of them.
/// </summary>
internal sealed class StoreBufferRam : DriverMemory, IGuestMemory
{
    public StoreBufferRam()
        : base(0x4000_0000, Size)
    {
    }

    public override void Read(ulong address, Span<byte> destination) => Slice(driverView, address, destination.Length).CopyTo(destination);

    public override void Write(ulong address, ReadOnlySpan<byte> source)
    {
        source.CopyTo(Slice(driverView, address, source.Length));
        source.CopyTo(Slice(deviceView, address, source.Length));
    }

    public bool Contains(ulong address, ulong length) => address >= Base && address - Base + length <= Size;

    public Span<byte> Map(ulong address, int length)
    {
        Moment?.Invoke();
        return Slice(deviceView, address, length);
    }

    public void Written(ulong address, int length)
    {
    }

    public void Fence()
    {
        Moment?.Invoke();
        Drain();
        Moment?.Invoke();
    }

    /// <summary>Lets the driver see what the device has stored.</summary>
    public void Drain() => deviceView.CopyTo(driverView, 0);

    /// <summary>If set, is called before each access of the device, and around each fence: moments at which the driver can act.</summary>
    public Action? Moment { get; set; }

    private Span<byte> Slice(byte[] bytes, ulong address, int length) => bytes.AsSpan((int)(address - Base), length);

    private readonly byte[] driverView = new byte[Size];
    private readonly byte[] deviceView = new byte[Size];

    private const int Size = 0x4000;
}
