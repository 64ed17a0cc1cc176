// renode-virtio-net, MIT licence: see LICENSE.
// As much of DHCP as it takes to be offered an address. RFC 2131, RFC 2132.

using System.Buffers.Binary;

namespace VirtioNet.Tests.Sockets;

internal static class Dhcp
{
    /// <summary>A frame that asks for an address.</summary>
    public static byte[] Discover(uint transaction)
    {
        var frame = new byte[Message + MessageSize];
        byte[] mac = [2, 0, 0, 0, 0, 1];
        frame.AsSpan(0, 6).Fill(0xFF);
        mac.CopyTo(frame, 6);
        frame[12] = 8;
        // IPv4: RFC 791.
        var ip = frame.AsSpan(14, 20);
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(frame.Length - 14));
        ip[8] = 64;
        ip[9] = 17;
        ip[16..].Fill(0xFF);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Checksum(ip));
        // UDP, without a checksum: RFC 768.
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), 68);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), 67);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(38), 8 + MessageSize);
        var message = frame.AsSpan(Message);
        (message[0], message[1], message[2]) = (1, 1, 6);
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], transaction);
        mac.CopyTo(message[28..]);
        BinaryPrimitives.WriteUInt32BigEndian(message[236..], Cookie);
        // Message type: DHCPDISCOVER. End.
        byte[] options = [53, 1, 1, 255];
        options.CopyTo(message[Options..]);
        return frame;
    }

    /// <summary>True for a frame that offers an address in this transaction.</summary>
    public static bool IsOffer(byte[] frame, uint transaction)
    {
        return frame.Length > Message + Options && frame[12] == 8 && frame[13] == 0 && frame[23] == 17 && frame[Message] == 2
            && BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(Message + 4)) == transaction && Option(frame, 53).SequenceEqual(new byte[] { 2 })
            && BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(Message + 16)) != 0;
    }

    /// <summary>The value of an option, or nothing.</summary>
    public static byte[] Option(byte[] frame, byte code)
    {
        for(var at = Message + Options; at + 1 < frame.Length && frame[at] != 255; at += frame[at] == 0 ? 1 : 2 + frame[at + 1])
        {
            if(frame[at] == code)
            {
                return frame[(at + 2)..(at + 2 + frame[at + 1])];
            }
        }
        return [];
    }

    private static ushort Checksum(ReadOnlySpan<byte> header)
    {
        var sum = 0;
        for(var i = 0; i < header.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(header[i..]);
        }
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)(0xFFFF ^ (sum + (sum >> 16)));
    }

    private const int Message = 14 + 20 + 8;
    private const int MessageSize = 300;
    private const int Options = 240;
    private const uint Cookie = 0x6382_5363;
}
