#nullable enable
// Where frames go that a driver sends.

using System;

namespace VirtioNet.Net
{
    /// <summary>The wire behind the device.</summary>
    public interface IFrameSink
    {
        /// <summary>
        /// Takes an Ethernet frame without check sequence. Called while the device works, and the frame is the sink's
        /// for that time only. It may lie in guest memory, where the guest can still change it: the sink copies it once,
        /// before it looks at it (H-18), and hands it on when the call of the device is over.
        /// </summary>
        void Send(ReadOnlySpan<byte> frame);
    }
}
