// renode-virtio-net, MIT licence: see LICENSE.
// Frames, and the ways to cut a message into descriptors.

using System.Buffers.Binary;

using VirtioNet.Driver;

namespace VirtioNet.Tests.Net;

internal static class Frames
{
    /// <summary>A frame of random bytes that is not tagged.</summary>
    public static byte[] Make(int length, int seed = 1)
    {
        var frame = new byte[length];
        new Random(seed).NextBytes(frame);
        if(length >= 14)
        {
            (frame[12], frame[13]) = (0x08, 0x00);
        }
        return frame;
    }

    /// <summary>A UDP datagram between two ports of one address: with the ports the other way round it is one of the same flow.</summary>
    public static byte[] Flow(ushort source, ushort destination)
    {
        var frame = new OffloadPackets(false, false).Make(40);
        frame.AsSpan(26, 4).CopyTo(frame.AsSpan(30));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), source);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), destination);
        return frame;
    }

    /// <summary>
    /// A frame with these types one after the other, 4 bytes apart, and then that of IPv4. Types of VLAN tags make tags; without
    /// any type it has one tag, 0x8100.
    /// </summary>
    public static byte[] Tagged(int length, params int[] types)
    {
        var frame = Make(length);
        types = types.Length == 0 ? new[] { 0x8100 } : types;
        for(var i = 0; i <= types.Length; i++)
        {
            var at = 12 + 4 * i;
            if(at + 2 <= length)
            {
                var type = i < types.Length ? types[i] : 0x0800;
                (frame[at], frame[at + 1]) = ((byte)(type >> 8), (byte)(type & 0xFF));
            }
        }
        return frame;
    }

    /// <summary>Ways to cut a message: lengths of descriptors, the last one repeated. The virtio-net header has 12 bytes.</summary>
    public static readonly int[][] Cuts =
    {
        new[] { int.MaxValue },
        new[] { 12, int.MaxValue },
        new[] { 5, 7, int.MaxValue },
        new[] { 5, 20, int.MaxValue },
        new[] { 11, 2, int.MaxValue },
        new[] { 13, 1, 1, int.MaxValue },
        new[] { 0, 3, 0, 0, 9, 0, 30, 0, int.MaxValue },
        new[] { 1 },
        new[] { 2, 3, 1 },
        new[] { 16 },
    };

    /// <summary>Scatters a message over guest memory, cut as the pattern says.</summary>
    public static Piece[] Cut(GuestRam ram, ReadOnlySpan<byte> message, int[] pattern, bool writable)
    {
        var pieces = new List<Piece>();
        while(message.Length > 0)
        {
            var length = Math.Min(pattern[Math.Min(pieces.Count, pattern.Length - 1)], message.Length);
            // A byte between the pieces, so that none is where the piece before it ends.
            var address = ram.Allocate(length + 1, 1);
            message[..length].CopyTo(ram.At(address, length));
            pieces.Add(new Piece(address, (uint)length, writable));
            message = message[length..];
        }
        return pieces.ToArray();
    }

    /// <summary>What is in the pieces now.</summary>
    public static byte[] Gather(GuestRam ram, IEnumerable<Piece> pieces)
    {
        return pieces.SelectMany(x => ram.At(x.Address, (int)x.Length).ToArray()).ToArray();
    }
}
