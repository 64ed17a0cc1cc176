// renode-virtio-net, MIT licence: see LICENSE.
// As much of an IPv4 host as a ping needs: it resolves addresses, sends echo requests, and answers those of others.

using VirtioNet.Wire;

namespace VirtioNet.Lab.Ipv4;

/// <summary>The IPv4 side of a node, or of anything else that can send and receive frames.</summary>
public sealed class Ipv4Host
{
    public Ipv4Host(Node node) : this(node.Mac, node.Address, frame => node.TrySend(frame))
    {
        node.Received = Receive;
    }

    /// <summary>Frames go to <paramref name="trySend"/>; those that come in have to be given to <see cref="Receive"/>.</summary>
    public Ipv4Host(MacAddress mac, Ipv4Address address, Func<byte[], bool> trySend)
    {
        this.mac = mac;
        this.address = address;
        this.trySend = trySend;
    }

    /// <summary>Broadcasts an ARP request for the address. False if the frame cannot be sent.</summary>
    public bool TryRequest(Ipv4Address target)
    {
        var request = new ArpPacket(ArpPacket.Request, mac, address, default, target);
        return trySend(request.ToFrame(MacAddress.Broadcast));
    }

    /// <summary>Sends an echo request. False if the address is not resolved, or the transmit queue is full.</summary>
    public bool TryEcho(Ipv4Address target, ushort sequence, byte[] data)
    {
        var request = new IcmpEcho(IcmpEcho.Request, address, target, Identifier, sequence, IcmpEcho.UsualTtl, data);
        return neighbours.TryGetValue(target, out var to) && trySend(request.ToFrame(to, mac));
    }

    /// <summary>Takes a frame: answers requests for this host, and notes or reports replies. Others are ignored.</summary>
    public void Receive(byte[] frame)
    {
        var payload = frame.AsSpan(Ethernet.HeaderSize);
        switch(Ethernet.FirstType(frame))
        {
            case Ethernet.Arp:
                if(ArpPacket.TryRead(payload, out var arp) && arp.Target == address)
                {
                    ReceiveArp(arp);
                }
                break;
            case Ethernet.Ipv4:
                if(IcmpEcho.TryRead(payload, out var echo) && echo.Target == address)
                {
                    ReceiveEcho(echo, Ethernet.Source(frame));
                }
                break;
            default:
                break;
        }
    }

    public bool TryResolve(Ipv4Address target, out MacAddress found) => neighbours.TryGetValue(target, out found);

    /// <summary>Identifier field of this host's echo requests.</summary>
    public const ushort Identifier = 1;

    /// <summary>What takes replies to this host's echo requests.</summary>
    public Action<IcmpEcho>? Replied { get; set; }

    private void ReceiveArp(ArpPacket arp)
    {
        // RFC 826: a host that asks for this one will be answered, so its address is kept as well.
        neighbours[arp.Sender] = arp.SenderMac;
        if(arp.Operation == ArpPacket.Request)
        {
            var reply = new ArpPacket(ArpPacket.Reply, mac, address, arp.SenderMac, arp.Sender);
            trySend(reply.ToFrame(arp.SenderMac));
        }
    }

    private void ReceiveEcho(IcmpEcho echo, MacAddress from)
    {
        if(echo.Type == IcmpEcho.Request)
        {
            var reply = echo with { Type = IcmpEcho.Reply, Source = address, Target = echo.Source, Ttl = IcmpEcho.UsualTtl };
            trySend(reply.ToFrame(from, mac));
        }
        else if(echo.Identifier == Identifier)
        {
            Replied?.Invoke(echo);
        }
    }

    private readonly MacAddress mac;
    private readonly Ipv4Address address;
    private readonly Func<byte[], bool> trySend;
    private readonly Dictionary<Ipv4Address, MacAddress> neighbours = new();
}
