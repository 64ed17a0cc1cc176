// renode-virtio-net, MIT licence: see LICENSE.
// The lab's capture: a pcap file, or an exception that says why it cannot be made.

using VirtioNet.Wire;

namespace VirtioNet.Lab;

/// <summary>The capture file cannot be made; the message says what to do.</summary>
public sealed class CaptureException(string message, Exception cause) : IOException(message, cause);

/// <summary>A pcap file with a limit.</summary>
public sealed class CaptureFile : IDisposable
{
    /// <summary>Makes the file, for at most so many frames. Throws <see cref="CaptureException"/> if it cannot be made.</summary>
    public CaptureFile(string path, long limit)
    {
        try
        {
            stream = File.Create(path, BufferSize);
        }
        catch(Exception cause) when(cause is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CaptureException($"--capture: cannot write '{path}' ({cause.Message}); name a file in a folder that exists and is yours", cause);
        }
        Frames = new PcapWriter(stream, limit: limit);
    }

    public void Dispose()
    {
        stream.Dispose();
    }

    /// <summary>What writes into the file.</summary>
    public PcapWriter Frames { get; }

    private readonly FileStream stream;

    private const int BufferSize = 1 << 16;
}
