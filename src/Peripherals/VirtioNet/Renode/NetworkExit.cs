#nullable enable
// The way from a card or port into Renode's network.

using System;

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Network;
using Antmicro.Renode.Utilities;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Makes Renode's frames of the core's, which have no check sequence.</summary>
    internal static class NetworkExit
    {
        /// <summary>
        /// Hands a frame to the receivers. False if Renode's network refuses it: EthernetFrame parses every layer, and
        /// some parsers throw, such as that for UDP port 9 (Wake-on-LAN) on short datagrams. No frame of a guest may end
        /// the emulation.
        /// </summary>
        public static bool TrySend(IEmulationElement sender, byte[] bytes, Action<EthernetFrame>? receivers)
        {
            try
            {
                if(Misc.TryCreateFrameOrLogWarning(sender, bytes, out var frame, addCrc: true))
                {
                    receivers?.Invoke(frame);
                }
                return true;
            }
            catch(Exception e)
            {
                sender.Log(LogLevel.Debug, "Refused frame: {0}", e);
                return false;
            }
        }
    }
}
