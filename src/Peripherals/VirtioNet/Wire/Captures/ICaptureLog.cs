// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Who hears that a capture has ended.

namespace VirtioNet.Wire.Captures
{
    /// <summary>Whoever started a capture.</summary>
    public interface ICaptureLog
    {
        /// <summary>
        /// The capture has ended by itself, and writes nothing more. Called once. <paramref name="isFault"/> is true if it could not be
        /// written, and false if it has reached its limit. It must not throw.
        /// </summary>
        void CaptureEnded(NetworkCapture capture, string reason, bool isFault);
    }
}
