// renode-virtio-net, MIT licence: see LICENSE.
// Numbered frames with a pattern, so that a receiver sees which ones were lost, repeated, reordered or changed.
//
//   Ethernet header (14), sequence u64, then noise that starts at a place which the sequence selects

using System.Buffers.Binary;
using VirtioNet.Lab.Ipv4;
using VirtioNet.Wire;

namespace VirtioNet.Lab;

/// <summary>Makes the frames of one direction: the sender to send them, the receiver to compare with them.</summary>
public sealed class TestFrames
{
    public TestFrames(MacAddress from, MacAddress to, int size)
    {
        frame = Ethernet.Frame(to, from, Ethernet.Experimental, size - Ethernet.HeaderSize);
        noise = new byte[size + Places];
        // A fixed seed: the frames of two runs are the same.
        new Random(1).NextBytes(noise);
    }

    /// <summary>The frame with a sequence number, valid until the next call.</summary>
    public ReadOnlySpan<byte> Make(long sequence)
    {
        BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(Ethernet.HeaderSize), sequence);
        var pattern = frame.AsSpan(Payload);
        noise.AsSpan((int)(sequence % Places), pattern.Length).CopyTo(pattern);
        return frame;
    }

    /// <summary>The sequence number that a frame says it has.</summary>
    public static long SequenceOf(ReadOnlySpan<byte> received)
    {
        return BinaryPrimitives.ReadInt64BigEndian(received[Ethernet.HeaderSize..]);
    }

    /// <summary>Shortest frame: the device pads shorter ones.</summary>
    public const int SmallestFrame = 60;

    private readonly byte[] frame;
    private readonly byte[] noise;

    private const int Payload = Ethernet.HeaderSize + sizeof(long);
    // A prime, so that the pattern does not keep step with ring or burst sizes.
    private const int Places = 251;
}
