// renode-virtio-net, MIT licence: see LICENSE.
// A capability that does nothing but remember what it was told.

using VirtioNet.Pci;

namespace VirtioNet.Tests.Pci;

/// <summary>Has a read-only register of 4 bytes, then one of 4 bytes that the guest may write and whose reads count up.</summary>
public sealed class RecordingCapability : PciCapability
{
    public RecordingCapability(int size = 12, byte id = PciSpec.CapabilityVendor)
        : base(id, size)
    {
    }

    public override void BeforeRead(int offset, int width)
    {
        Calls.Add($"read {offset}+{width}");
        Set(Counter, 4, Get(Counter, 4) + 1);
    }

    public override void AfterWrite(int offset, int width)
    {
        Calls.Add($"write {offset}+{width}");
        WhenWritten?.Invoke();
    }

    public override void BusMasterChanged(bool isMaster)
    {
        Calls.Add($"master {isMaster}");
    }

    public override void Reset()
    {
        Calls.Add("reset");
    }

    /// <summary>What was called, in order.</summary>
    public List<string> Calls { get; } = new();

    /// <summary>Done at each write, after it was remembered.</summary>
    public Action? WhenWritten { get; set; }

    /// <summary>A register that the guest may write.</summary>
    public const int Counter = 8;

    protected override void SetUp()
    {
        if(Size > Counter)
        {
            Set(4, 4, 0x1234_5678);
            AllowWrite(Counter, 4, uint.MaxValue);
        }
    }
}
