// renode-virtio-net, MIT licence: see LICENSE.
// A simple receiver of IP fragments, which shares no code with the device. RFC 791, 3.2; RFC 8200, 4.5.

using System.Buffers.Binary;
using NUnit.Framework;

namespace VirtioNet.Tests.Wire;

/// <summary>Puts the fragments of one datagram together, and fails unless each is as the RFCs demand.</summary>
internal sealed class Reassembly
{
    /// <summary>Takes all frames of one datagram, in order, whose IP headers begin at <paramref name="network"/>.</summary>
    public Reassembly(IReadOnlyList<byte[]> frames, int network, bool ipv6)
    {
        var datagram = new List<byte>();
        var identifications = new List<uint>();
        for(var i = 0; i < frames.Count; i++)
        {
            var frame = frames[i];
            var end = network + (ipv6 ? 40 + Field(frame, network + 4) : Field(frame, network + 2));
            Assert.That(frame, Has.Length.EqualTo(Math.Max(60, end)), "the IP length is that of the frame, padding apart");
            Assert.That(frame[end..], Is.All.Zero, "padding");
            var (start, offset, more, identification, headers) = ipv6 ? ReadIpv6(frame, network) : ReadIpv4(frame, network);
            Assert.That(offset, Is.EqualTo(datagram.Count), $"offset of fragment {i}");
            Assert.That(more, Is.EqualTo(i < frames.Count - 1), $"more fragments after {i}");
            Assert.That(!more || (end - start) % 8 == 0, Is.True, "units of 8 bytes");
            Assert.That(headers, Is.EqualTo(i == 0 ? headers : Headers), "the same headers in front of each");
            Headers = headers;
            Sizes.Add(end - start);
            datagram.AddRange(frame[start..end]);
            identifications.Add(identification);
        }
        Assert.That(identifications.Distinct().Count(), Is.EqualTo(1), "one identification");
        Identification = identifications[0];
        Datagram = datagram.ToArray();
    }

    /// <summary>The part that was cut into fragments: all that follows the headers which each of them repeats.</summary>
    public byte[] Datagram { get; }

    /// <summary>The headers without the fragment header, as <see cref="Repeated"/> has them.</summary>
    public byte[] Headers { get; private set; } = Array.Empty<byte>();

    public uint Identification { get; }

    /// <summary>Bytes of the datagram in each fragment.</summary>
    public List<int> Sizes { get; } = new();

    /// <summary>Clears what differs from fragment to fragment: length, and for IPv4 the fragment's offset and the checksum.</summary>
    public static byte[] Repeated(byte[] headers, int network)
    {
        var isIpv6 = headers[network] >> 4 == 6;
        foreach(var field in isIpv6 ? new[] { 4 } : new[] { 2, 6, 10 })
        {
            headers.AsSpan(network + field, 2).Clear();
        }
        return headers;
    }

    private static (int Start, int Offset, bool More, uint Id, byte[] Headers) ReadIpv4(byte[] frame, int network)
    {
        var start = network + 4 * (frame[network] & 0xF);
        Assert.That(Net.OffloadPackets.Sum(frame.AsSpan(network, start - network)), Is.EqualTo(0xFFFF), "IPv4 checksum");
        var field = Field(frame, network + 6);
        Assert.That(field & 0xC000, Is.Zero, "no fragment says that it must not be cut");
        return (start, 8 * (field & 0x1FFF), (field & 0x2000) != 0, Field(frame, network + 4), Repeated(frame[..start], network));
    }

    private static (int Start, int Offset, bool More, uint Id, byte[] Headers) ReadIpv6(byte[] frame, int network)
    {
        var next = network + 6;
        var at = network + 40;
        while(frame[next] != 44)
        {
            Assert.That(frame[next], Is.EqualTo(0).Or.EqualTo(43).Or.EqualTo(60), "only what routers look at is in front of the fragment header");
            next = at;
            at += 8 * (frame[at + 1] + 1);
        }
        Assert.That(frame[at + 1], Is.Zero, "reserved");
        var field = Field(frame, at + 2);
        Assert.That(field & 6, Is.Zero, "reserved");
        var headers = frame[..at];
        headers[next] = frame[at];
        return (at + 8, field & ~7, (field & 1) != 0, BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(at + 4)), Repeated(headers, network));
    }

    private static ushort Field(byte[] frame, int at) => BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(at));
}
