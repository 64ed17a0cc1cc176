// As much of an IPv4 host as a ping needs: it resolves addresses, and answers.

namespace VirtioNet.Lab.Ipv4;

/// <summary>The IPv4 side of a node.</summary>
public sealed class Ipv4Host
{
    public Ipv4Host(Node node)
    {
        this.node = node;
        node.Received = Receive;
    }

    /// <summary>Asks everybody on the network who has the address.</summary>
    public bool TryRequest(Ipv4Address target)
    {
        var request = new ArpPacket(ArpPacket.Request, node.Mac, node.Address, default, target);
        return node.TrySend(request.ToFrame(MacAddress.Broadcast));
    }

    /// <summary>Sends an echo request. False if the address is not resolved, or the transmit queue is full.</summary>
    public bool TryEcho(Ipv4Address target, ushort sequence, byte[] data)
    {
        var request = new IcmpEcho(IcmpEcho.Request, node.Address, target, Identifier, sequence, IcmpEcho.UsualTtl, data);
        return neighbours.TryGetValue(target, out var mac) && node.TrySend(request.ToFrame(mac, node.Mac));
    }

    public bool TryResolve(Ipv4Address target, out MacAddress mac) => neighbours.TryGetValue(target, out mac);

    /// <summary>What takes replies to this host's echo requests.</summary>
    public Action<IcmpEcho>? Replied { get; set; }

    private void Receive(byte[] frame)
    {
        var payload = frame.AsSpan(Ethernet.HeaderSize);
        switch(Ethernet.Type(frame))
        {
            case Ethernet.TypeArp:
                if(ArpPacket.TryRead(payload, out var arp) && arp.Target == node.Address)
                {
                    ReceiveArp(arp);
                }
                break;
            case Ethernet.TypeIpv4:
                if(IcmpEcho.TryRead(payload, out var echo) && echo.Target == node.Address)
                {
                    ReceiveEcho(echo, Ethernet.Source(frame));
                }
                break;
            default:
                break;
        }
    }

    private void ReceiveArp(ArpPacket arp)
    {
        // RFC 826: whoever asks will be talked to, so its address is worth keeping as well.
        neighbours[arp.Sender] = arp.SenderMac;
        if(arp.Operation == ArpPacket.Request)
        {
            var reply = new ArpPacket(ArpPacket.Reply, node.Mac, node.Address, arp.SenderMac, arp.Sender);
            node.TrySend(reply.ToFrame(arp.SenderMac));
        }
    }

    private void ReceiveEcho(IcmpEcho echo, MacAddress from)
    {
        if(echo.Type == IcmpEcho.Request)
        {
            var reply = echo with { Type = IcmpEcho.Reply, Source = node.Address, Target = echo.Source, Ttl = IcmpEcho.UsualTtl };
            node.TrySend(reply.ToFrame(from, node.Mac));
        }
        else if(echo.Identifier == Identifier)
        {
            Replied?.Invoke(echo);
        }
    }

    private readonly Node node;
    private readonly Dictionary<Ipv4Address, MacAddress> neighbours = new();

    private const ushort Identifier = 1;
}
