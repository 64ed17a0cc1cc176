#nullable enable
// Where frames go that a driver sends.

namespace VirtioNet.Net
{
    /// <summary>The wire behind the device.</summary>
    public interface IFrameSink
    {
        /// <summary>
        /// Takes an Ethernet frame without check sequence; the array is the sink's from then on. Called
        /// while the device works: the sink keeps the frame and hands it on when the call is over.
        /// </summary>
        void Send(byte[] frame);
    }
}
