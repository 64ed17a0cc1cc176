// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Where a socket is: SocketAddress of QEMU's QAPI, as far as a port needs it.

using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>A path, or a host and a port.</summary>
    public sealed class SocketLocation
    {
        private SocketLocation(string path, string host, int port)
        {
            Path = path;
            Host = host;
            Port = port;
        }

        /// <summary>unix:PATH or inet:HOST:PORT.</summary>
        public override string ToString()
        {
            return IsUnix ? "unix:" + Path : $"inet:{Host}:{Port}";
        }

        /// <summary>True for a unix socket.</summary>
        public bool IsUnix => Path.Length > 0;

        /// <summary>Where a unix socket is, or "".</summary>
        public string Path { get; }

        /// <summary>A name or an address, or "".</summary>
        public string Host { get; }

        /// <summary>The port of TCP or UDP.</summary>
        public int Port { get; }

        /// <summary>The words of one location, such as "addr.type".</summary>
        internal static string[] Words(string prefix)
        {
            return new[] { prefix + TypeWord, prefix + PathWord, prefix + HostWord, prefix + PortWord };
        }

        /// <summary>
        /// Reads those words. What is wrong is added to the faults; the location is then of no use. Port 0, one that the system
        /// chooses, is for those that others come to.
        /// </summary>
        internal static SocketLocation Read(SocketWords words, string prefix, int leastPort)
        {
            var type = words.Find(prefix + TypeWord);
            if(type != "unix" && type != "inet")
            {
                words.Faults.Add(type == null
                    ? $"{prefix}type is missing; it must be unix, with {prefix}path, or inet, with {prefix}host and {prefix}port"
                    : $"{prefix}type is \"{type}\"; it must be unix, with {prefix}path, or inet, with {prefix}host and {prefix}port");
                return new SocketLocation("", "", 0);
            }
            return type == "unix" ? ReadUnix(words, prefix) : ReadInet(words, prefix, leastPort);
        }

        /// <summary>The address for the system. Looks a name up; throws IOException if there is no such host.</summary>
        internal EndPoint Resolve()
        {
            if(IsUnix)
            {
                return new UnixDomainSocketEndPoint(Path);
            }
            if(IPAddress.TryParse(Host, out var address))
            {
                return new IPEndPoint(address, Port);
            }
            try
            {
                return new IPEndPoint(Dns.GetHostAddresses(Host)[0], Port);
            }
            catch(SocketException exception)
            {
                throw new IOException($"the host \"{Host}\" is not known: {exception.Message}; write its address", exception);
            }
        }

        private static SocketLocation ReadUnix(SocketWords words, string prefix)
        {
            Refuse(words, prefix, HostWord, "unix");
            Refuse(words, prefix, PortWord, "unix");
            var path = words.Find(prefix + PathWord) ?? "";
            var length = Encoding.UTF8.GetByteCount(path);
            if(length == 0 || length > MaxPath || path.Contains('\0', StringComparison.Ordinal))
            {
                words.Faults.Add($"{prefix}path is \"{path}\"; it must be the path of a socket, of 1 to {MaxPath} bytes");
            }
            return new SocketLocation(path, "", 0);
        }

        private static SocketLocation ReadInet(SocketWords words, string prefix, int leastPort)
        {
            Refuse(words, prefix, PathWord, "inet");
            var host = words.Find(prefix + HostWord) ?? "";
            if(host.Trim().Length == 0)
            {
                words.Faults.Add($"{prefix}host is missing; it must be a name or an address, such as 127.0.0.1");
            }
            if(words.Find(prefix + PortWord) == null)
            {
                words.Faults.Add($"{prefix}port is missing; it must be {leastPort} to {MaxPort}");
            }
            return new SocketLocation("", host.Trim(), words.ReadNumber(prefix + PortWord, leastPort, MaxPort, "", 0));
        }

        private static void Refuse(SocketWords words, string prefix, string word, string type)
        {
            if(words.Find(prefix + word) != null)
            {
                words.Faults.Add($"{prefix}{word} does not go with {prefix}type={type}; leave it out, or change {prefix}type");
            }
        }

        private const string TypeWord = "type";
        private const string PathWord = "path";
        private const string HostWord = "host";
        private const string PortWord = "port";
        private const int MaxPort = 65535;
        // sun_path has 108 bytes, and the last one is 0: unix(7).
        private const int MaxPath = 107;
    }
}
