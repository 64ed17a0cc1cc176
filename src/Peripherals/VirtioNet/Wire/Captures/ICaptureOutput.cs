// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Where a capture goes: files, or a pipe that somebody reads.

using System;

namespace VirtioNet.Wire.Captures
{
    /// <summary>What an output has room for.</summary>
    public enum CaptureRoom
    {
        /// <summary>It goes on where it is.</summary>
        GoesOn,
        /// <summary>It is empty, or nobody knows what it holds: a section has to be begun.</summary>
        BeginsSection,
        /// <summary>It has no room now, and may have some later.</summary>
        Full,
        /// <summary>It has reached its limit.</summary>
        Ended,
    }

    /// <summary>
    /// Takes blocks. What cannot be written is an <see cref="System.IO.IOException"/>, an <see cref="UnauthorizedAccessException"/>, or
    /// a <see cref="NotSupportedException"/> for a path that leads to a device. Nothing waits for a reader.
    /// </summary>
    public interface ICaptureOutput
    {
        /// <summary>
        /// Asks for room for so many bytes, or for <paramref name="beginning"/> if a section has to be begun. Unless the answer is that
        /// there is none, exactly these are written next.
        /// </summary>
        CaptureRoom Prepare(int length, int beginning);

        /// <summary>Writes whole blocks.</summary>
        void Write(ReadOnlySpan<byte> blocks);

        /// <summary>Lets go what has been written, so that whoever reads has all of it.</summary>
        void Flush();

        /// <summary>A snapshot was loaded: what was written after it was made is to be as if it had never been.</summary>
        void GoOn();

        /// <summary>Lets go what has been written, and of the file or pipe.</summary>
        void Close();
    }
}
