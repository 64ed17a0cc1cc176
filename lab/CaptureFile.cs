// The lab's capture: a pcap file with a limit.

using VirtioNet.Net;

namespace VirtioNet.Lab;

/// <summary>The capture file cannot be made; the message says what to do.</summary>
public sealed class CaptureException(string message, Exception cause) : IOException(message, cause);

/// <summary>Writes frames to a stream, up to a limit, so that a long run does not fill the disk.</summary>
public sealed class CaptureFile : IDisposable
{
    public CaptureFile(Stream stream, long limit = long.MaxValue)
    {
        this.stream = stream;
        this.limit = limit;
        writer = new PcapWriter(stream);
    }

    /// <summary>Makes the file, or says why not.</summary>
    public static CaptureFile Create(string path, long limit)
    {
        try
        {
            return new CaptureFile(File.Create(path, BufferSize), limit);
        }
        catch(Exception cause) when(cause is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CaptureException($"--capture: cannot write '{path}' ({cause.Message}); name a file in a folder that exists and is yours", cause);
        }
    }

    /// <summary>Adds a frame, seen at a time of the virtual clock. Behind the limit frames are only counted.</summary>
    public void Write(long nanoseconds, ReadOnlySpan<byte> frame)
    {
        Seen++;
        if(Written == limit)
        {
            return;
        }
        Written++;
        writer.Write((ulong)nanoseconds, frame);
    }

    public void Dispose()
    {
        stream.Dispose();
    }

    /// <summary>Frames in the file.</summary>
    public long Written { get; private set; }

    /// <summary>Frames that passed by, in the file or not.</summary>
    public long Seen { get; private set; }

    private readonly Stream stream;
    private readonly long limit;
    private readonly PcapWriter writer;

    private const int BufferSize = 1 << 16;
}
