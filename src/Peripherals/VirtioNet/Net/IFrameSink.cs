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
        /// for that time only: it copies what it keeps, and hands it on when the call of the device is over.
        /// </summary>
        void Send(ReadOnlySpan<byte> frame);
    }
}
