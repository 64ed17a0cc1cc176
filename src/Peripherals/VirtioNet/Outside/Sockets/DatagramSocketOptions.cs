// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How a datagram socket is to be, in the words of QEMU's "-netdev dgram".

using System.Linq;
using System.Net;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>What whoever makes a datagram port chooses. Always right: wrong words make none.</summary>
    public sealed class DatagramSocketOptions
    {
        private DatagramSocketOptions(SocketLocation local, SocketLocation remote)
        {
            Local = local;
            Remote = remote;
        }

        /// <summary>
        /// Reads words such as "local.type=unix,local.path=/tmp/a,remote.type=unix,remote.path=/tmp/b". Throws ArgumentException
        /// with everything that is wrong at once.
        /// </summary>
        public static DatagramSocketOptions Parse(string words)
        {
            var read = new SocketWords(words, SocketLocation.Words(LocalPrefix).Concat(SocketLocation.Words(RemotePrefix)).ToArray());
            var local = SocketLocation.Read(read, LocalPrefix, 0);
            var remote = SocketLocation.Read(read, RemotePrefix, 1);
            if(read.Faults.Count == 0 && local.IsUnix != remote.IsUnix)
            {
                read.Faults.Add("local.type and remote.type must be the same, unix or inet");
            }
            if(local.IsUnix && local.Path == remote.Path)
            {
                read.Faults.Add($"local.path and remote.path are both \"{local.Path}\"; each side has a path of its own");
            }
            if(IPAddress.TryParse(remote.Host, out var address) && IsMulticast(address))
            {
                read.Faults.Add($"remote.host is \"{remote.Host}\", a multicast address; write that of one partner, and give each partner a port of the network");
            }
            read.ThrowIfWrong();
            return new DatagramSocketOptions(local, remote);
        }

        /// <summary>Where the partner sends to: local.</summary>
        public SocketLocation Local { get; }

        /// <summary>Where the partner is: remote.</summary>
        public SocketLocation Remote { get; }

        private static bool IsMulticast(IPAddress address)
        {
            return address.IsIPv6Multicast || address.GetAddressBytes() is { Length: 4 } bytes && bytes[0] >= FirstMulticast && bytes[0] <= LastMulticast;
        }

        private const string LocalPrefix = "local.";
        private const string RemotePrefix = "remote.";
        // 224.0.0.0/4: RFC 1112.
        private const byte FirstMulticast = 224;
        private const byte LastMulticast = 239;
    }
}
