// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The way of frames from Renode's network to a card, a port or a capture: the check sequence is taken off.
// IEEE Std 802.3-2018: 3.2.9 "Frame Check Sequence (FCS) field".
//
// An EthernetFrame may have a check sequence of its own, beside its data; then the data has none, whatever its last bytes
// look like. If it has none of its own, the data may end with one: Renode's model of a network card passes on what its guest
// has written there, for example CadenceGEM for Linux' macb driver. Those last four bytes are a check sequence if they are
// the right one for the bytes before them.

using System;

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Network;

using VirtioNet.Reports;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Makes the core's frames, which have no check sequence, of Renode's.</summary>
    internal static class NetworkEntrance
    {
        /// <summary>
        /// The frame without check sequence. False, with a report, if Renode cannot turn the frame into bytes: it does so in this call,
        /// and throws for some frames.
        /// </summary>
        public static bool TryTake(EthernetFrame frame, IEmulationElement receiver, IReports reports, out byte[] bytes)
        {
            try
            {
                // These bytes end with the frame's own check sequence, if it has one.
                var whole = frame.Bytes;
                bytes = whole.AsSpan(0, whole.Length > frame.Length ? frame.Length : LengthOf(whole)).ToArray();
                return true;
            }
            catch(Exception e)
            {
                receiver.Log(LogLevel.Debug, "Frame not readable: {0}", e);
                reports.Misuse(CardRules.FrameNotReadable, 0, 0);
                bytes = Array.Empty<byte>();
                return false;
            }
        }

        /// <summary>The length of a frame in bytes, less four if these are its check sequence.</summary>
        public static int LengthOf(byte[] frame)
        {
            return frame.Length >= EthernetFrame.MinFrameSizeWithoutCRC + EthernetFrame.CRCLength && EthernetFrame.CheckCRC(frame)
                ? frame.Length - EthernetFrame.CRCLength
                : frame.Length;
        }
    }
}
