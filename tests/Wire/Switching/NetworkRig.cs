// renode-virtio-net, MIT licence: see LICENSE.
// A network with devices that write down what they receive, and when.

using NUnit.Framework;
using VirtioNet.Wire;
using VirtioNet.Wire.Links;
using VirtioNet.Wire.Switching;

namespace VirtioNet.Tests.Wire.Switching;

/// <summary>Ports are called net0, net1, …; the address of each device is 02:00:00:00:00:10 and its number.</summary>
internal sealed class NetworkRig
{
    public NetworkRig(int ports, ulong seed = 1, int maxFrames = VirtualNetwork.DefaultMaxFrames, int maxBytes = VirtualNetwork.DefaultMaxBytes)
    {
        Network = new VirtualNetwork("lan", seed, maxFrames, maxBytes);
        for(var i = 0; i < ports; i++)
        {
            Add();
        }
    }

    public NetworkPort Add(Device? device = null)
    {
        device ??= new Device();
        device.Network = Network;
        Devices.Add(device);
        Ports.Add(Network.Connect($"net{Ports.Count}", device));
        return Ports[^1];
    }

    /// <summary>A frame whose payload begins with a mark.</summary>
    public static byte[] Frame(int from, int to, byte mark = 0)
    {
        var frame = Ethernet.Frame(to == Everybody ? MacAddress.Broadcast : Address(to), Address(from), Ethernet.Experimental, 46);
        frame[Ethernet.HeaderSize] = mark;
        return frame;
    }

    public static MacAddress Address(int port) => new(0x02_00_00_00_00_10 + (ulong)port);

    public void Send(int from, int to, ulong time, byte mark = 0)
    {
        Assert.That(Ports[from].TrySend(Frame(from, to, mark), default, time), Is.True);
    }

    /// <summary>Sends from a port with the address of another device.</summary>
    public void SendAs(int port, int from, int to, ulong time = 0)
    {
        Send(port, Frame(from, to), time);
    }

    public void Send(int from, byte[] frame, ulong time = 0)
    {
        Assert.That(Ports[from].TrySend(frame, default, time), Is.True);
    }

    /// <summary>Makes the switch know who is where.</summary>
    public void Learn()
    {
        for(var i = 0; i < Ports.Count; i++)
        {
            Send(i, Everybody, Network.Now);
        }
        Network.Run(Network.Now);
        Clear();
    }

    public void Clear()
    {
        foreach(var device in Devices)
        {
            device.Received.Clear();
        }
        foreach(var port in Ports)
        {
            port.Sent.Reset();
            port.Received.Reset();
        }
    }

    public static LinkSettings Words(string words)
    {
        Assert.That(LinkSettings.TryChange(LinkSettings.Default, words, out var settings, out var fault), Is.True, fault);
        return settings;
    }

    public VirtualNetwork Network { get; }

    public List<Device> Devices { get; } = new();

    public List<NetworkPort> Ports { get; } = new();

    /// <summary>Packets at each device.</summary>
    public string Counts => string.Join(' ', Devices.Select(x => x.Received.Count));

    public const int Everybody = -1;
    public const ulong Ms = 1_000_000;
    public const ulong Second = 1000 * Ms;
}

/// <summary>Receives in the runs of its network.</summary>
internal class Device : IPacketPort
{
    public virtual void Receive(Packet packet)
    {
        Received.Add((Network!.Now, packet));
        Receiving?.Invoke(packet);
    }

    public PortOffloads Offloads { get; init; }

    public VirtualNetwork? Network { get; set; }

    public Action<Packet>? Receiving { get; set; }

    public List<(ulong Time, Packet Packet)> Received { get; } = new();

    /// <summary>Time and mark of each.</summary>
    public string Marks => string.Join(' ', Received.Select(x => $"{x.Time}:{x.Packet.Bytes[Ethernet.HeaderSize]}"));

    public byte[] Last => Received[^1].Packet.Bytes.ToArray();
}

/// <summary>Has a clock of its own: takes packets when its time has come.</summary>
internal sealed class ScheduledDevice : Device, IScheduledPort
{
    public override void Receive(Packet packet)
    {
        Received.Add((Time ?? Network!.Now, packet));
    }

    public void Announce(NetworkPort port, ulong time)
    {
        Alarm = time;
    }

    /// <summary>Lets its machine run up to a time, from alarm to alarm.</summary>
    public void RunUntil(NetworkPort port, ulong time)
    {
        while(Alarm is ulong next && next <= time)
        {
            Alarm = null;
            Time = next;
            port.Deliver(next);
            Time = null;
        }
    }

    public ulong? Alarm { get; set; }

    // While the machine runs, its own time counts.
    public ulong? Time { get; private set; }
}
