// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A capture that goes to a named pipe, for Wireshark to show while the emulation runs. fifo(7).

using System;
using System.IO;

using Microsoft.Win32.SafeHandles;

using VirtioNet.Wire.Captures;

namespace VirtioNet.Outside
{
    /// <summary>
    /// Somebody may begin to read the pipe at any time, and stop; each who reads gets sections from their beginning. Nothing
    /// waits: while nobody reads, or the reader is slow and too much waits for it, there is no room for packets.
    /// </summary>
    public sealed class CapturePipe : ICaptureOutput
    {
        /// <summary>Takes a named pipe. Throws <see cref="IOException"/> if it cannot be opened. Nobody need read it yet.</summary>
        public CapturePipe(string path)
        {
            this.path = Path.GetFullPath(path);
            Open();
        }

        /// <summary>True if the path leads to a named pipe.</summary>
        public static bool IsAt(string path)
        {
            return Native.IsPipe(path);
        }

        /// <summary>The named pipe if the path leads to one, or files. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</summary>
        public static ICaptureOutput Open(string path, CaptureOptions options)
        {
            return IsAt(path) ? new CapturePipe(path) : new CaptureFiles(path, options);
        }

        /// <inheritdoc/>
        public CaptureRoom Prepare(int length, int beginning)
        {
            if(pipe != null && end - start + length > MaxWaiting)
            {
                Empty();
            }
            if(pipe == null || end - start + length > MaxWaiting)
            {
                return CaptureRoom.Full;
            }
            var room = isFresh ? CaptureRoom.BeginsSection : CaptureRoom.GoesOn;
            isFresh = false;
            return room;
        }

        /// <inheritdoc/>
        public void Write(ReadOnlySpan<byte> blocks)
        {
            if(end + blocks.Length > waiting.Length)
            {
                waiting.AsSpan(start, end - start).CopyTo(waiting);
                end -= start;
                start = 0;
                if(end + blocks.Length > waiting.Length)
                {
                    Array.Resize(ref waiting, Math.Max(end + blocks.Length, 2 * waiting.Length));
                }
            }
            blocks.CopyTo(waiting.AsSpan(end));
            end += blocks.Length;
        }

        /// <summary>Writes what the pipe has room for, and looks whether somebody reads it now.</summary>
        public void Flush()
        {
            // What the last reader has left in the pipe goes when it is closed, so that the next one does not get it.
            if(pipe != null && !Native.IsRead(pipe))
            {
                Leave();
            }
            if(pipe == null)
            {
                Open();
            }
            Empty();
        }

        /// <summary>Nothing: who reads gets sections from their beginning.</summary>
        public void GoOn()
        {
        }

        /// <summary>Writes what the pipe has room for, and lets the rest go.</summary>
        public void Close()
        {
            Empty();
            Leave();
        }

        /// <summary>True if somebody has read the pipe at the last flush.</summary>
        public bool IsRead => pipe != null;

        private void Open()
        {
            if(!Native.IsPipe(path))
            {
                throw new IOException("it is no named pipe any more");
            }
            pipe = Native.OpenPipe(path, PipeRoom);
            isFresh = true;
        }

        private void Empty()
        {
            while(pipe != null && start < end)
            {
                var count = Native.WriteToPipe(pipe, waiting.AsSpan(start, end - start));
                if(count == 0)
                {
                    return;
                }
                if(count < 0)
                {
                    Leave();
                    return;
                }
                start += count;
            }
            start = 0;
            end = 0;
        }

        // What waits is part of a section that nobody reads to its end.
        private void Leave()
        {
            pipe?.Dispose();
            pipe = null;
            start = 0;
            end = 0;
        }

        private SafeFileHandle? pipe;
        private bool isFresh = true;
        private byte[] waiting = new byte[InitialBytes];
        private int start;
        private int end;

        private readonly string path;

        private const int InitialBytes = 1 << 14;
        private const int MaxWaiting = 4 << 20;
        // What an ordinary user may have, pipe(7).
        private const int PipeRoom = 1 << 20;
    }
}
