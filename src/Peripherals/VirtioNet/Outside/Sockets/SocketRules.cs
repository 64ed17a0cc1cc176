// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a partner at a socket can get wrong, and what goes wrong between a socket and its partner. After each sentence come
// the two numbers that are reported with the rule.

using VirtioNet.Reports;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>Rules for partners. Each has an object of its own, so that one that is broken often hides no other.</summary>
    public static class SocketRules
    {
        /// <summary>0, 0.</summary>
        public static readonly Rule LengthZero = new Rule("a frame has a length, and the partner sent 0: it is disconnected; look whether it speaks the framing of QEMU's stream sockets", Stream);

        /// <summary>Most bytes, length.</summary>
        public static readonly Rule LengthTooLong = new Rule("the partner announces a frame that is longer than any: it is disconnected; look whether it speaks the framing of QEMU's stream sockets", Stream);

        /// <summary>Bytes that came, header included.</summary>
        public static readonly Rule FrameCutOff = new Rule("the partner has gone in the middle of a frame", Stream);

        /// <summary>The socket is for one partner at a time.</summary>
        public static readonly Rule OnePartner = new Rule("a second partner was turned away, because one is connected; give it a socket of its own", Stream);

        /// <summary>The subject says where, and why. Told once until the partner has been there again.</summary>
        public static readonly Rule NobodyThere = new Rule("no partner can be reached; start it, or look at the address", Stream);

        /// <summary>A frame has to fit a datagram.</summary>
        public static readonly Rule SentTooLong = new Rule("a frame is longer than a datagram of this socket can be; lower the MTU of its sender, or use a stream socket", Datagram);

        /// <summary>The subject says why.</summary>
        public static readonly Rule PasstEnded = new Rule("passt has ended, and is started again", "passt(1)");

        private const string Stream = "QEMU: -netdev stream";
        private const string Datagram = "QEMU: -netdev dgram";
    }
}
