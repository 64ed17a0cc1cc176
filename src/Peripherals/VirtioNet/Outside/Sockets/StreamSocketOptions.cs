// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How a stream socket is to be, in the words of QEMU's "-netdev stream".

using System.Linq;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>What whoever makes a stream port chooses. Always right: wrong words make none.</summary>
    public sealed class StreamSocketOptions
    {
        private StreamSocketOptions(SocketLocation address, bool isServer, int longestPause)
        {
            Address = address;
            IsServer = isServer;
            LongestPause = longestPause;
        }

        /// <summary>
        /// Reads words such as "server=on,addr.type=unix,addr.path=/tmp/net0" or "addr.type=inet,addr.host=127.0.0.1,
        /// addr.port=4444,reconnect=5". Throws ArgumentException with everything that is wrong at once.
        /// </summary>
        public static StreamSocketOptions Parse(string words)
        {
            var read = new SocketWords(words, new[] { ServerWord, ReconnectWord, ReconnectMillisecondsWord }.Concat(SocketLocation.Words(AddressPrefix)).ToArray());
            var isServer = read.ReadSwitch(ServerWord, false);
            var address = SocketLocation.Read(read, AddressPrefix, isServer ? 0 : 1);
            var pause = read.ReadNumber(ReconnectMillisecondsWord, 0, MaxReconnect * MillisecondsOfSecond, " ms", DefaultPause);
            if(read.Find(ReconnectWord) != null)
            {
                pause = read.ReadNumber(ReconnectWord, 0, MaxReconnect, " s", 0) * MillisecondsOfSecond;
            }
            if(read.Find(ReconnectWord) != null && read.Find(ReconnectMillisecondsWord) != null)
            {
                read.Faults.Add("reconnect and reconnect-ms say the same; leave one of them out");
            }
            if(isServer && (read.Find(ReconnectWord) ?? read.Find(ReconnectMillisecondsWord)) != null)
            {
                read.Faults.Add("reconnect does not go with server=on; leave it out, because a server waits for whoever comes");
            }
            read.ThrowIfWrong();
            return new StreamSocketOptions(address, isServer, pause);
        }

        /// <summary>Where the socket is: addr.</summary>
        public SocketLocation Address { get; }

        /// <summary>True if partners come to the port, false if it goes to a partner: server.</summary>
        public bool IsServer { get; }

        /// <summary>
        /// While the partner is away the pauses between attempts grow up to so many milliseconds; 0 if a partner that is not there, or goes, is not tried again: reconnect.
        /// </summary>
        public int LongestPause { get; }

        private const string ServerWord = "server";
        private const string ReconnectWord = "reconnect";
        private const string ReconnectMillisecondsWord = "reconnect-ms";
        private const string AddressPrefix = "addr.";
        // An hour.
        private const int MaxReconnect = 3600;
        private const int MillisecondsOfSecond = 1000;
        private const int DefaultPause = 1000;
    }
}
