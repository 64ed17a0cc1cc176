// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The file of a capture, or a ring of files.

using System;
using System.Globalization;
using System.IO;

namespace VirtioNet.Wire.Captures
{
    /// <summary>
    /// One file; or in a ring, files called NAME_00001.pcapng and so on, the newest of which are kept. A file is open only
    /// while something is written to it, so all of this is plain data, which a snapshot keeps. If the file is not as it was left, since
    /// somebody has changed it, a section is begun at its end.
    /// </summary>
    public sealed class CaptureFiles : ICaptureOutput
    {
        /// <summary>Makes the first file anew. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> if that cannot be.</summary>
        public CaptureFiles(string path, CaptureOptions options)
        {
            // Later another folder may be the current one.
            this.path = System.IO.Path.GetFullPath(path);
            this.options = options;
            Create();
        }

        /// <inheritdoc/>
        public CaptureRoom Prepare(int length, int beginning)
        {
            if(count == 0 && !isFresh)
            {
                Look();
            }
            // A file that has nothing but its beginning gets a packet, whatever its length.
            var turns = options.FileBytes != 0 && !isFresh && onDisk + count + length > options.FileBytes && onDisk + count > beginning - length;
            if(options.MaxBytes != 0 && Written + (isFresh || turns ? beginning : length) > options.MaxBytes)
            {
                return CaptureRoom.Ended;
            }
            if(turns)
            {
                Turn();
            }
            var room = isFresh ? CaptureRoom.BeginsSection : CaptureRoom.GoesOn;
            isFresh = false;
            return room;
        }

        /// <inheritdoc/>
        public void Write(ReadOnlySpan<byte> blocks)
        {
            if(count + blocks.Length > buffer.Length)
            {
                Array.Resize(ref buffer, Math.Max(count + blocks.Length, 2 * buffer.Length));
            }
            blocks.CopyTo(buffer.AsSpan(count));
            count += blocks.Length;
            Written += blocks.Length;
            if(count >= MaxWaiting)
            {
                Flush();
            }
        }

        /// <inheritdoc/>
        public void Flush()
        {
            if(count == 0)
            {
                return;
            }
            using var stream = Open(FileMode.OpenOrCreate);
            if(stream.Length != onDisk)
            {
                throw new IOException("it was changed or removed while it was written");
            }
            try
            {
                stream.Seek(0, SeekOrigin.End);
                stream.Write(buffer, 0, count);
            }
            catch(IOException)
            {
                Cut(stream);
                throw;
            }
            onDisk += count;
            Remember();
            count = 0;
        }

        /// <summary>
        /// What was written to the file after the snapshot was made is cut off, so that the file becomes that of a run which was never
        /// interrupted. A file that is another one is left as it is, and gets a section at its end.
        /// </summary>
        public void GoOn()
        {
            if(!File.Exists(Path))
            {
                return;
            }
            using var stream = Open(FileMode.Open, FileAccess.ReadWrite);
            if(!EndsAsLeft(stream))
            {
                onDisk = stream.Length;
                isFresh = true;
            }
            else if(stream.Length > onDisk)
            {
                stream.SetLength(onDisk);
            }
        }

        /// <inheritdoc/>
        public void Close()
        {
            Flush();
        }

        /// <summary>The file that is written.</summary>
        public string Path => options.FileBytes == 0 ? path : PathOf(number);

        /// <summary>Bytes that were written, to all files.</summary>
        public long Written { get; private set; }

        // Somebody else may have written to the file since, or removed it.
        private void Look()
        {
            var file = new FileInfo(Path);
            var length = file.Exists ? file.Length : 0;
            isFresh = length != onDisk;
            onDisk = length;
        }

        // Keeps the last bytes that were written, by which the file is known again.
        private void Remember()
        {
            var written = buffer.AsSpan(0, count);
            var kept = Math.Min(count, end.Length);
            end.AsSpan(kept).CopyTo(end);
            written.Slice(count - kept).CopyTo(end.AsSpan(end.Length - kept));
        }

        // True if the file has the bytes that were the last ones, where they were.
        private bool EndsAsLeft(FileStream stream)
        {
            if(stream.Length < onDisk)
            {
                return false;
            }
            var there = new byte[(int)Math.Min(onDisk, end.Length)];
            stream.Seek(onDisk - there.Length, SeekOrigin.Begin);
            stream.ReadExactly(there);
            return there.AsSpan().SequenceEqual(end.AsSpan(end.Length - there.Length));
        }

        // So that the file ends with a whole block.
        private void Cut(FileStream stream)
        {
            count = 0;
            try
            {
                stream.SetLength(onDisk);
            }
            catch(IOException)
            {
                // The first error is the one to tell.
            }
        }

        private void Turn()
        {
            Flush();
            number++;
            Create();
            if(options.FileCount != 0 && number > options.FileCount)
            {
                File.Delete(PathOf(number - options.FileCount));
            }
        }

        private void Create()
        {
            Open(FileMode.Create).Dispose();
            onDisk = 0;
            isFresh = true;
        }

        // Everybody may read it meanwhile, and move it away. It is written in large pieces, without a buffer of its own.
        private FileStream Open(FileMode mode, FileAccess access = FileAccess.Write)
        {
            return new FileStream(Path, mode, access, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }

        // As dumpcap numbers them.
        private string PathOf(long file)
        {
            var name = System.IO.Path.GetFileNameWithoutExtension(path) + file.ToString("'_'00000", CultureInfo.InvariantCulture) + System.IO.Path.GetExtension(path);
            return System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path) ?? "", name);
        }

        private byte[] buffer = new byte[InitialBytes];
        private int count;
        private bool isFresh;
        // How long we left the file.
        private long onDisk;
        private long number = 1;

        private readonly string path;
        private readonly CaptureOptions options;
        // The last bytes of the file; if there are fewer, they are at the end of this.
        private readonly byte[] end = new byte[KnownBytes];

        // A packet's time and its first bytes are among them.
        private const int KnownBytes = 256;
        private const int InitialBytes = 1 << 14;
        private const int MaxWaiting = 1 << 20;
    }
}
