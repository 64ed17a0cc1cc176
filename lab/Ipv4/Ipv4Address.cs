// renode-virtio-net, MIT licence: see LICENSE.
// An IPv4 address as a number.

namespace VirtioNet.Lab.Ipv4;

/// <summary>Four bytes; the first is the highest of the number.</summary>
public readonly record struct Ipv4Address(uint Value)
{
    public override string ToString()
    {
        return $"{Value >> 24}.{(Value >> 16) & 0xFF}.{(Value >> 8) & 0xFF}.{Value & 0xFF}";
    }
}
