// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Finished frames as packets of their own.

using System.Collections.Generic;

namespace VirtioNet.Wire.Switching
{
    /// <summary>Does what a packet has left to do, and keeps the frames.</summary>
    internal sealed class FrameMaker
    {
        /// <summary>Adds the frames that the packet becomes; a finished one is its own frame.</summary>
        public void Make(Packet packet, List<Packet> frames)
        {
            if(packet.IsFinished)
            {
                frames.Add(packet);
                return;
            }
            foreach(var frame in offload.Finish(packet.Bytes, packet.Offload))
            {
                frames.Add(new Packet(frame.ToArray(), new PacketOffload { ChecksumIsGood = true }));
            }
        }

        private readonly SoftwareOffload offload = new SoftwareOffload();
    }
}
