// renode-virtio-net, MIT licence: see LICENSE.
// Packets whose checksum and segmentation a driver leaves to the device, and a check of the frames that reach the wire. It is
// slow and simple, and shares no code with the device.

using System.Buffers.Binary;

using NUnit.Framework;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Net;

/// <summary>Builds TCP and UDP packets, and checks and reads the frames that they became.</summary>
public sealed class OffloadPackets
{
    /// <summary>With VLAN tags, bytes of TCP options, and IPv6 extension headers of 8 bytes each, by their protocol numbers.</summary>
    public OffloadPackets(bool ipv6, bool tcp, int tags = 0, int options = 0, params byte[] extensions)
    {
        this.ipv6 = ipv6;
        this.tcp = tcp;
        network = 14 + 4 * tags;
        Transport = network + (ipv6 ? 40 + 8 * extensions.Length : 20);
        Payload = Transport + (tcp ? 20 + options : 8);
        this.tags = tags;
        this.extensions = extensions;
    }

    /// <summary>
    /// A packet with so many bytes of payload. Its transport checksum holds the sum of the pseudo header only. A length that
    /// does not fit its field of 16 bits throws, or is cut to 16 bits if <paramref name="checksLength"/> is false.
    /// </summary>
    public byte[] Make(int payload, byte flags = 0x18, bool checksLength = true)
    {
        var packet = new byte[Payload + payload];
        new Random(payload).NextBytes(packet.AsSpan(Payload));
        // Source 02:..., so that a switch does not take sender and receiver for one.
        packet[6] = 0x02;
        for(var i = 0; i < tags; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12 + 4 * i), 0x8100);
        }
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(network - 2), (ushort)(ipv6 ? 0x86DD : 0x0800));
        var ip = packet.AsSpan(network);
        var protocol = (byte)(tcp ? 6 : 17);
        if(ipv6)
        {
            ip[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], Length(ip.Length - 40, checksLength));
            var chain = extensions.Append(protocol).ToArray();
            ip[6] = chain[0];
            for(var i = 0; i < extensions.Length; i++)
            {
                ip[40 + 8 * i] = chain[i + 1];
                // PadN: a router or a receiver has nothing to do for it.
                ip[40 + 8 * i + 2] = 1;
                ip[40 + 8 * i + 3] = 4;
            }
            new Random(6).NextBytes(ip.Slice(8, 32));
        }
        else
        {
            ip[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], Length(ip.Length, checksLength));
            BinaryPrimitives.WriteUInt16BigEndian(ip[4..], 0xFFFE);
            ip[9] = protocol;
            new Random(4).NextBytes(ip.Slice(12, 8));
            BinaryPrimitives.WriteUInt16BigEndian(ip[10..], (ushort)(Sum(ip[..20]) ^ 0xFFFF));
        }
        var transport = packet.AsSpan(Transport);
        if(tcp)
        {
            BinaryPrimitives.WriteUInt32BigEndian(transport[4..], FirstSequence);
            transport[12] = (byte)((Payload - Transport) / 4 << 4);
            transport[13] = flags;
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(transport[4..], Length(transport.Length, checksLength));
        }
        BinaryPrimitives.WriteUInt16BigEndian(transport[ChecksumOffset..], Sum(PseudoHeader(packet)));
        return packet;
    }

    /// <summary>The message for the device: header and packet.</summary>
    public byte[] Message(byte[] packet, byte gsoType, int gsoSize, byte flags = NetLayout.FlagNeedsCsum)
    {
        var message = new byte[NetLayout.HeaderSize + packet.Length];
        message[0] = flags;
        message[1] = gsoType;
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(4), (ushort)gsoSize);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(6), (ushort)Transport);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(8), (ushort)ChecksumOffset);
        packet.CopyTo(message, NetLayout.HeaderSize);
        return message;
    }

    /// <summary>What is left to do to a packet, checked as a device checks it.</summary>
    public static PacketOffload Offload(byte[] packet, Segmentation type, int size)
    {
        var offload = new PacketOffload { NeedsChecksum = true, Segmentation = type, SegmentSize = (ushort)size };
        Assert.That(SoftwareOffload.Check(packet, ref offload), Is.EqualTo(OffloadFault.None));
        return offload;
    }

    /// <summary>The frame without the padding of short ones.</summary>
    public byte[] Trimmed(byte[] frame) => frame[..(network + (ipv6 ? 40 + Field(frame, network + 4) : Field(frame, network + 2)))];

    /// <summary>So many IPv6 extension headers, all of them Destination Options.</summary>
    public static byte[] Options(int count) => Enumerable.Repeat(DestinationOptions, count).ToArray();

    /// <summary>Why the frame's lengths or checksums are wrong, or null.</summary>
    public string? Fault(byte[] frame)
    {
        frame = Trimmed(frame);
        if(!ipv6 && Sum(frame.AsSpan(network, 20)) != 0xFFFF)
        {
            return "IPv4 checksum";
        }
        if(!tcp && Field(frame, Transport + 4) != frame.Length - Transport)
        {
            return "UDP length";
        }
        return Sum(PseudoHeader(frame).Concat(frame.Skip(Transport)).ToArray()) != 0xFFFF ? "transport checksum" : null;
    }

    public uint Sequence(byte[] frame) => BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(Transport + 4));

    public ushort Id(byte[] frame) => Field(frame, network + 4);

    public ushort Fragment(byte[] frame) => Field(frame, network + 6);

    public byte Flags(byte[] frame) => frame[Transport + 13];

    /// <summary>Sum of 16-bit words in ones' complement.</summary>
    public static ushort Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0;
        for(var i = 0; i < bytes.Length; i++)
        {
            sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        return (ushort)sum;
    }

    /// <summary>Offset of the IP header.</summary>
    public int Network => network;

    /// <summary>Offset of the transport header.</summary>
    public int Transport { get; }

    /// <summary>Offset of what the transport header carries.</summary>
    public int Payload { get; }

    /// <summary>Offset of the checksum in the transport header.</summary>
    public int ChecksumOffset => tcp ? 16 : 6;

    public const uint FirstSequence = 0xFFFF_F000;
    public const byte HopByHopOptions = 0;
    public const byte Routing = 43;
    public const byte DestinationOptions = 60;

    private byte[] PseudoHeader(byte[] frame)
    {
        var length = frame.Length - Transport;
        var addresses = ipv6 ? frame.AsSpan(network + 8, 32) : frame.AsSpan(network + 12, 8);
        return addresses.ToArray().Concat(new byte[] { 0, tcp ? (byte)6 : (byte)17, 0, (byte)(length >> 16), (byte)(length >> 8 & 0xFF), (byte)(length & 0xFF) }).ToArray();
    }

    private static ushort Length(int length, bool checksLength) => checksLength ? (ushort)length : unchecked((ushort)length);

    private static ushort Field(byte[] frame, int at) => BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(at));

    private readonly bool ipv6;
    private readonly bool tcp;
    private readonly int network;
    private readonly int tags;
    private readonly byte[] extensions;
}
