// The checksum of IPv4 and ICMP: the ones' complement of the ones' complement sum of 16-bit words. RFC 1071.

namespace VirtioNet.Lab.Ipv4;

/// <summary>Computes and checks it.</summary>
public static class InternetChecksum
{
    /// <summary>The value for the checksum field, which must be zero in <paramref name="bytes"/>.</summary>
    public static ushort Compute(ReadOnlySpan<byte> bytes)
    {
        var sum = 0UL;
        for(var i = 0; i < bytes.Length; i++)
        {
            // A last odd byte counts as the high half of a word.
            sum += (i & 1) == 0 ? (uint)bytes[i] << 8 : bytes[i];
        }
        while(sum >> 16 != 0)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        return (ushort)(~sum & 0xFFFF);
    }

    /// <summary>True if bytes with their checksum in place add up.</summary>
    public static bool IsValid(ReadOnlySpan<byte> bytes)
    {
        return Compute(bytes) == 0;
    }
}
