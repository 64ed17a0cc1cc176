// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The named pipe of a capture, as a snapshot keeps it.

using System;
using System.Runtime.InteropServices;

using Antmicro.Migrant;

using VirtioNet.Outside;
using VirtioNet.Wire.Captures;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>A snapshot keeps the path. After it was loaded, the pipe is opened again when it is needed.</summary>
    internal sealed class NetworkPipe : ICaptureOutput
    {
        /// <summary>Opens the pipe. Throws <see cref="System.IO.IOException"/> if that cannot be.</summary>
        public NetworkPipe(string path)
        {
            this.path = path;
            pipe = new CapturePipe(path);
        }

        /// <summary>True if the path leads to a named pipe. Other systems than Linux are not asked.</summary>
        public static bool IsAt(string path)
        {
            return RuntimeInformation.IsOSPlatform(OSPlatform.Linux) && CapturePipe.IsAt(path);
        }

        /// <inheritdoc/>
        public CaptureRoom Prepare(int length, int beginning)
        {
            return Pipe.Prepare(length, beginning);
        }

        /// <inheritdoc/>
        public void Write(ReadOnlySpan<byte> blocks)
        {
            Pipe.Write(blocks);
        }

        /// <inheritdoc/>
        public void Flush()
        {
            Pipe.Flush();
        }

        /// <inheritdoc/>
        public void GoOn()
        {
            Pipe.GoOn();
        }

        /// <inheritdoc/>
        public void Close()
        {
            pipe?.Close();
        }

        private CapturePipe Pipe => pipe ??= new CapturePipe(path);

        [Transient]
        private CapturePipe? pipe;

        private readonly string path;
    }
}
