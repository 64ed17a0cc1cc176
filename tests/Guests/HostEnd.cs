// renode-virtio-net, MIT licence: see LICENSE.
// A host at the tests' end of the wire: it sends echo requests to a guest and compares every byte of the answers with what it sent,
// which ping in a guest does not.

using System.Diagnostics;
using NUnit.Framework;
using VirtioNet.Lab;
using VirtioNet.Lab.Guests;
using VirtioNet.Lab.Ipv4;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Guests;

/// <summary>192.168.100.200, on a port of the switch.</summary>
internal sealed class HostEnd
{
    public HostEnd(GuestNetwork network)
    {
        var host = new Ipv4Host(Mac, Ip, frame =>
        {
            send!(new Packet(frame));
            return true;
        })
        {
            Replied = TakeReply,
        };
        send = network.Connect("host", new FramePort(host.Receive));
    }

    /// <summary>Waits until the guest reaches this host: its rings run and are enabled, and it knows this host's MAC address.</summary>
    public static void WaitUntilReached(QemuGuest guest)
    {
        guest.Run($"until ping -c 1 -W 1 {Address} > /dev/null; do :; done");
    }

    /// <summary>Sends requests with random data of all lengths, and compares each reply. Call when the guest is reached.</summary>
    public void Exchange(GuestPort port, int count = 100)
    {
        var random = new Random(1);
        var target = new Ipv4Address(Subnet | (uint)(port.Mac.Value & 0xFF));
        for(var i = 0; i < count; i++)
        {
            var data = new byte[i * LongestData / Math.Max(1, count - 1)];
            random.NextBytes(data);
            sequence = unchecked((ushort)(sequence + 1));
            var request = new IcmpEcho(IcmpEcho.Request, Ip, target, Ipv4Host.Identifier, sequence, IcmpEcho.UsualTtl, data);
            send(new Packet(request.ToFrame(port.Mac, Mac)));
            var reply = WaitForReply(sequence);
            Assert.That(reply.Data, Is.EqualTo(data), $"data of request {i}");
        }
    }

    public const string Address = "192.168.100.200";

    private IcmpEcho WaitForReply(ushort expected)
    {
        var start = Stopwatch.GetTimestamp();
        lock(replies)
        {
            while(true)
            {
                if(replies.TryDequeue(out var reply))
                {
                    Assert.That(reply.Sequence, Is.EqualTo(expected), "each request is answered once, in order");
                    return reply;
                }
                var left = TimeSpan.FromSeconds(ConsoleProcess.Limit) - Stopwatch.GetElapsedTime(start);
                Assert.That(left, Is.GreaterThan(TimeSpan.Zero), $"no reply to request {expected}");
                Monitor.Wait(replies, left);
            }
        }
    }

    private void TakeReply(IcmpEcho reply)
    {
        lock(replies)
        {
            replies.Enqueue(reply);
            Monitor.PulseAll(replies);
        }
    }

    private ushort sequence;

    private readonly Queue<IcmpEcho> replies = new();
    private readonly Action<Packet> send;

    private static readonly MacAddress Mac = new(0x02_00_00_00_00_C8);
    private static readonly Ipv4Address Ip = new(Subnet | 200);

    private const uint Subnet = 0xC0_A8_64_00;
    // With IPv4 and ICMP headers this fills an MTU of 1500.
    private const int LongestData = 1472;
}
