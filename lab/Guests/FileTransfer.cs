// renode-virtio-net, MIT licence: see LICENSE.
// A file from one guest to another over TCP. TCP repairs what is lost or reordered on the way; a byte that arrives changed shows
// in the SHA-256.

using System.Diagnostics;
using System.Text.RegularExpressions;

namespace VirtioNet.Lab.Guests;

/// <summary>A file that was sent: the SHA-256 of both ends.</summary>
public sealed partial record FileTransfer(int Mebibytes, double Seconds, string Sent, string Received)
{
    /// <summary>Sends random bytes.</summary>
    public static FileTransfer Run(QemuGuest from, QemuGuest to, string address, int mebibytes)
    {
        from.Run($"dd if=/dev/urandom of={SentFile} bs=64k count={16 * mebibytes} 2> /dev/null");
        to.Begin($"nc -l -p {Port} > {ReceivedFile}");
        var start = Stopwatch.GetTimestamp();
        // Tries until the other guest listens: a refused connection has taken nothing from the file.
        from.Run($"until nc {address} {Port} < {SentFile}; do usleep 10000; done", Limit);
        to.End(Limit);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var transfer = new FileTransfer(mebibytes, seconds, Checksum(from, SentFile), Checksum(to, ReceivedFile));
        from.Run($"rm {SentFile}");
        to.Run($"rm {ReceivedFile}");
        return transfer;
    }

    /// <summary>True if what arrived is what was sent.</summary>
    public bool IsSame => Sent == Received;

    private static string Checksum(QemuGuest guest, string file)
    {
        return Sha256().Match(guest.Run($"sha256sum < {file}")).Value;
    }

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex Sha256();

    private const int Port = 5000;
    // 64 MiB at less than 1 Mbit/s.
    private const int Limit = 600;
    private const string SentFile = "/tmp/sent";
    private const string ReceivedFile = "/tmp/received";
}
