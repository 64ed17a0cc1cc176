// renode-virtio-net, MIT licence: see LICENSE.
// Several small numbers made from one random number.

namespace VirtioNet.Tests.Queues;

/// <summary>A step of a random walk makes all its choices from one number, so that a walk is a list of numbers.</summary>
internal struct Choices
{
    public Choices(int number)
    {
        state = (uint)number;
    }

    /// <summary>A number from 0 up to, and without, the count.</summary>
    public int Take(int count)
    {
        var value = (int)(state % (uint)count);
        state = unchecked((state / (uint)count + 0x9E37_79B9) * 0x85EB_CA6B);
        state ^= state >> 15;
        return value;
    }

    private uint state;
}
