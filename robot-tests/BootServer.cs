// renode-virtio-net, MIT licence: see LICENSE.
// A server to boot from, for tests: DHCP, TFTP, and an answer to ping. It answers each frame while that is being delivered, so
// that a run depends on no host clock, thread or port; with Renode's own NetworkServer it would.
// RFC 2131 (DHCP), RFC 1350 (TFTP), RFC 2347 to 2349 (its options), RFC 826 (ARP), RFC 792 (ICMP).

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Network;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>The monitor command of the emulation that makes a server.</summary>
    public static class BootServerExtensions
    {
        /// <summary>Adds a server at address, which leases the addresses after its own.</summary>
        public static void CreateBootServer(this Emulation emulation, string name, string address)
        {
            if(!IPAddress.TryParse(address, out var parsed) || parsed.GetAddressBytes().Length != 4)
            {
                throw new RecoverableException($"'{address}' is not an IPv4 address; give one such as 192.168.100.10");
            }
            emulation.ExternalsManager.AddExternal(new BootServer(parsed), name);
        }
    }

    /// <summary>The server, to be connected to a switch. Its MAC address is 02:00:00:00:00:fe.</summary>
    public sealed class BootServer : IExternal, IMACInterface
    {
        public BootServer(IPAddress address)
        {
            this.address = address.GetAddressBytes();
            MAC = MACAddress.Parse("02:00:00:00:00:fe");
        }

        /// <summary>Offers a file under a name; DHCP tells clients to boot the one added last.</summary>
        public void ServeFile(string path, string name)
        {
            files[name] = File.ReadAllBytes(path);
            bootFile = name;
        }

        public void ReceiveFrame(EthernetFrame frame)
        {
            var bytes = frame.Bytes;
            if(bytes.Length < UdpPayload)
            {
                return; // no ARP or UDP packet is shorter
            }
            switch(Get16(bytes, EtherType))
            {
                case EtherTypeArp:
                    AnswerArp(bytes);
                    break;
                case EtherTypeIpv4 when bytes[Ip + 9] == ProtocolIcmp && bytes[Icmp] == IcmpEcho:
                    AnswerPing(bytes);
                    break;
                case EtherTypeIpv4 when bytes[Ip + 9] == ProtocolUdp:
                    // The IP length leaves out Ethernet's padding and check sequence.
                    var payload = bytes.Skip(UdpPayload).Take(Get16(bytes, Udp + 4) - 8).ToArray();
                    AnswerUdp(bytes, payload);
                    break;
            }
        }

        /// <summary>Blocks of data sent, repetitions included.</summary>
        public int DataBlocks { get; private set; }

        public MACAddress MAC { get; set; }

        public event Action<EthernetFrame> FrameReady;

        private void AnswerArp(byte[] request)
        {
            const int operation = Ip + 6, sender = Ip + 8, target = Ip + 18;
            if(Get16(request, operation) != 1 || !request.Skip(target + 6).Take(4).SequenceEqual(address))
            {
                return;
            }
            var reply = request.Take(Ip).Concat(request.Skip(Ip).Take(6)).Concat(new byte[] { 0, 2 })
                .Concat(MAC.Bytes).Concat(address).Concat(request.Skip(sender).Take(10)).ToArray();
            Send(reply, request);
        }

        private void AnswerPing(byte[] request)
        {
            if(!request.Skip(Ip + 16).Take(4).SequenceEqual(address))
            {
                return;
            }
            var reply = request.Take(Ip + Get16(request, Ip + 2)).ToArray();
            address.CopyTo(reply, Ip + 12);
            Array.Copy(request, Ip + 12, reply, Ip + 16, 4);
            reply[Icmp] = IcmpEchoReply;
            Put16(reply, Icmp + 2, 0);
            Put16(reply, Icmp + 2, (ushort)~Sum(reply, Icmp, reply.Length));
            Send(reply, request);
        }

        private void AnswerUdp(byte[] request, byte[] payload)
        {
            var port = Get16(request, Udp + 2);
            if(port == DhcpServerPort)
            {
                AnswerDhcp(request, payload);
            }
            else if(request.Skip(Ip + 16).Take(4).SequenceEqual(address))
            {
                var client = $"{new IPAddress(request.Skip(Ip + 12).Take(4).ToArray())}:{Get16(request, Udp)}";
                if(port == TftpPort)
                {
                    OpenTransfer(request, payload, client);
                }
                else if(port == TransferPort && transfers.TryGetValue(client, out var transfer) && Get16(payload, 0) == TftpAck)
                {
                    SendBlock(request, transfer, Get16(payload, 2));
                }
            }
        }

        private void AnswerDhcp(byte[] request, byte[] message)
        {
            const int yourAddress = 16, serverAddress = 20, hardwareAddress = 28, file = 108, magic = 236, options = 240;
            var requested = Option(message, options, 53)[0];
            if(requested != DhcpDiscover && requested != DhcpRequest)
            {
                return;
            }
            var client = BitConverter.ToString(message, hardwareAddress, 6);
            if(!leases.TryGetValue(client, out var lease))
            {
                lease = address.Take(3).Append((byte)(address[3] + 1 + leases.Count)).ToArray();
                leases[client] = lease;
            }
            this.Log(LogLevel.Info, "DHCP {0} of {1}: {2}", requested == DhcpDiscover ? "discover" : "request", client, new IPAddress(lease));

            var reply = message.Take(magic + 4).ToArray();
            reply[0] = 2; // BOOTREPLY
            lease.CopyTo(reply, yourAddress);
            address.CopyTo(reply, serverAddress);
            Encoding.ASCII.GetBytes(bootFile).CopyTo(reply, file);
            var tail = new List<byte> { 53, 1, requested == DhcpDiscover ? DhcpOffer : DhcpAck, 54, 4 };
            tail.AddRange(address);
            tail.AddRange(new byte[] { 51, 4, 0, 0, 0x0E, 0x10, 1, 4, 255, 255, 255, 0, 255 });
            // To all, because the client cannot answer ARP yet.
            SendUdp(request, new byte[] { 255, 255, 255, 255 }, DhcpServerPort, DhcpClientPort, reply.Concat(tail).ToArray());
        }

        private void OpenTransfer(byte[] request, byte[] message, string client)
        {
            var words = Encoding.ASCII.GetString(message, 2, message.Length - 2).Split('\0');
            if(Get16(message, 0) != TftpRead || !files.TryGetValue(words[0], out var content))
            {
                this.Log(LogLevel.Warning, "TFTP: there is no file '{0}' to read", words[0]);
                ReplyUdp(request, TftpPort, new byte[] { 0, TftpError, 0, 1 }.Concat(Encoding.ASCII.GetBytes("not found\0")).ToArray());
                return;
            }
            this.Log(LogLevel.Info, "TFTP: {0} reads '{1}', {2} bytes", client, words[0], content.Length);
            var transfer = new Transfer { Content = content, BlockSize = 512 };
            transfers[client] = transfer;
            var accepted = new List<byte> { 0, TftpOptions };
            for(var i = 2; i + 1 < words.Length; i += 2)
            {
                switch(words[i].ToLowerInvariant())
                {
                    case "blksize":
                        transfer.BlockSize = Math.Min(int.Parse(words[i + 1]), 1468);
                        accepted.AddRange(Encoding.ASCII.GetBytes($"blksize\0{transfer.BlockSize}\0"));
                        break;
                    case "tsize":
                        accepted.AddRange(Encoding.ASCII.GetBytes($"tsize\0{content.Length}\0"));
                        break;
                }
            }
            if(accepted.Count > 2)
            {
                ReplyUdp(request, TransferPort, accepted.ToArray());
            }
            else
            {
                SendBlock(request, transfer, 0);
            }
        }

        // Block numbers are 16 bits wide and wrap, so an acknowledgement names a block near the last one sent.
        private void SendBlock(byte[] request, Transfer transfer, ushort acknowledged)
        {
            var block = transfer.Acknowledged + (short)(ushort)(acknowledged - transfer.Acknowledged);
            var offset = (long)block * transfer.BlockSize;
            transfer.Acknowledged = block;
            if(offset > transfer.Content.Length)
            {
                return; // the last block, a short one, has arrived
            }
            var length = (int)Math.Min(transfer.BlockSize, transfer.Content.Length - offset);
            var data = new byte[4 + length];
            data[1] = TftpData;
            Put16(data, 2, (ushort)(block + 1));
            Array.Copy(transfer.Content, offset, data, 4, length);
            DataBlocks++;
            ReplyUdp(request, TransferPort, data);
        }

        private void ReplyUdp(byte[] request, ushort port, byte[] payload)
        {
            SendUdp(request, request.Skip(Ip + 12).Take(4).ToArray(), port, Get16(request, Udp), payload);
        }

        private void SendUdp(byte[] request, byte[] destination, ushort sourcePort, ushort destinationPort, byte[] payload)
        {
            var reply = new byte[UdpPayload + payload.Length];
            Put16(reply, EtherType, EtherTypeIpv4);
            reply[Ip] = 0x45;
            Put16(reply, Ip + 2, (ushort)(reply.Length - Ip));
            reply[Ip + 8] = 64;
            reply[Ip + 9] = ProtocolUdp;
            address.CopyTo(reply, Ip + 12);
            destination.CopyTo(reply, Ip + 16);
            Put16(reply, Ip + 10, (ushort)~Sum(reply, Ip, Udp));
            Put16(reply, Udp, sourcePort);
            Put16(reply, Udp + 2, destinationPort);
            Put16(reply, Udp + 4, (ushort)(8 + payload.Length));
            payload.CopyTo(reply, UdpPayload);
            // The checksum covers addresses, protocol, length, UDP header and payload, so a guest that checks it checks the content.
            var pseudoHeader = Sum(reply, Ip + 12, Udp) + ProtocolUdp + Get16(reply, Udp + 4);
            Put16(reply, Udp + 6, (ushort)~Fold(pseudoHeader + Sum(reply, Udp, reply.Length)));
            Send(reply, request);
        }

        private void Send(byte[] reply, byte[] request)
        {
            Array.Copy(request, 6, reply, 0, 6);
            MAC.Bytes.CopyTo(reply, 6);
            EthernetFrame.TryCreateEthernetFrame(reply, true, out var frame);
            FrameReady?.Invoke(frame);
        }

        private static uint Sum(byte[] bytes, int start, int end)
        {
            uint sum = 0;
            for(var i = start; i < end; i++)
            {
                sum += (uint)bytes[i] << ((i - start) % 2 == 0 ? 8 : 0);
            }
            return Fold(sum);
        }

        private static uint Fold(uint sum)
        {
            while(sum > 0xFFFF)
            {
                sum = (sum & 0xFFFF) + (sum >> 16);
            }
            return sum;
        }

        // A message's options are code, length, value; 0 pads and 255 ends them.
        private static byte[] Option(byte[] message, int start, byte code)
        {
            for(var i = start; i + 1 < message.Length && message[i] != 255; i += message[i] == 0 ? 1 : 2 + message[i + 1])
            {
                if(message[i] == code)
                {
                    return message.Skip(i + 2).Take(message[i + 1]).ToArray();
                }
            }
            return new byte[1];
        }

        private static ushort Get16(byte[] bytes, int offset)
        {
            return (ushort)(bytes[offset] << 8 | bytes[offset + 1]);
        }

        private static void Put16(byte[] bytes, int offset, ushort value)
        {
            bytes[offset] = (byte)(value >> 8);
            bytes[offset + 1] = (byte)value;
        }

        private string bootFile = "";

        private readonly byte[] address;
        private readonly Dictionary<string, byte[]> files = new Dictionary<string, byte[]>();
        private readonly Dictionary<string, byte[]> leases = new Dictionary<string, byte[]>();
        private readonly Dictionary<string, Transfer> transfers = new Dictionary<string, Transfer>();

        // Offsets in a frame without IP options.
        private const int EtherType = 12;
        private const int Ip = 14;
        private const int Icmp = 34;
        private const int Udp = 34;
        private const int UdpPayload = 42;

        private const ushort EtherTypeIpv4 = 0x0800;
        private const ushort EtherTypeArp = 0x0806;
        private const byte ProtocolIcmp = 1;
        private const byte ProtocolUdp = 17;
        private const byte IcmpEchoReply = 0;
        private const byte IcmpEcho = 8;
        private const ushort DhcpServerPort = 67;
        private const ushort DhcpClientPort = 68;
        private const ushort TftpPort = 69;
        private const ushort TransferPort = 1069;
        private const byte DhcpDiscover = 1;
        private const byte DhcpOffer = 2;
        private const byte DhcpRequest = 3;
        private const byte DhcpAck = 5;
        private const ushort TftpRead = 1;
        private const byte TftpData = 3;
        private const ushort TftpAck = 4;
        private const byte TftpError = 5;
        private const byte TftpOptions = 6;

        private sealed class Transfer
        {
            public byte[] Content;
            public int BlockSize;
            public int Acknowledged;
        }
    }
}
