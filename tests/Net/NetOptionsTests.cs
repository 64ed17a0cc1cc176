// renode-virtio-net, MIT licence: see LICENSE.
// What a user can choose, and the message for a value that is not allowed. virtio v1.4-cs01: 5.1.3.1, 5.1.4.1.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

public sealed class NetOptionsTests
{
    [TestCase("", 1500, 256)]
    [TestCase("02:00:00:00:00", 1500, 256)]
    [TestCase("02:00:00:00:00:00:01", 1500, 256)]
    [TestCase("02:00:00:00:00:0g", 1500, 256)]
    [TestCase("02:00:00:00:00:+1", 1500, 256)]
    [TestCase("2:0:0:0:0:1", 1500, 256)]
    [TestCase("03:00:00:00:00:01", 1500, 256, Description = "a group")]
    [TestCase("00:00:00:00:00:00", 1500, 256)]
    [TestCase(Mac, 67, 256)]
    [TestCase(Mac, 0, 256)]
    [TestCase(Mac, 65536, 256)]
    [TestCase(Mac, -1, 256)]
    [TestCase(Mac, 1500, 0)]
    [TestCase(Mac, 1500, -8)]
    [TestCase(Mac, 1500, 32769)]
    [TestCase(Mac, 1500, 65536)]
    [Rule("NET-03", "H-122")]
    public void Value_NotAllowed_IsRefusedByTheUsersWord(string mac, int mtu, int queueSize)
    {
        var word = mac != Mac ? $"mac is \"{mac}\"" : mtu != 1500 ? $"mtu is {mtu}" : $"queueSize is {queueSize}";

        var message = Refusal(new NetOptions { Mac = mac, Mtu = mtu, QueueSize = queueSize });

        Assert.That(message, Does.StartWith(word).And.Contain("it must be"));
    }

    [TestCase(Mac, 68, 1)]
    [TestCase("02-00-00-00-00-01", 65535, 32768)]
    [TestCase("FE:FF:FF:FF:FF:FF", 1500, 3)]
    [Rule("NET-03")]
    public void Value_AtItsBounds_IsTaken(string mac, int mtu, int queueSize)
    {
        var device = new NetDevice(new NetOptions { Mac = mac, Mtu = mtu, QueueSize = queueSize }, new PciMachine());

        Assert.That((device.Mtu, device.MaxQueueSize(0), device.MaxQueueSize(1)), Is.EqualTo((mtu, queueSize, queueSize)));
    }

    [TestCase(-1, 0, 1, "rxQueueSize is -1")]
    [TestCase(0, 40000, 1, "txQueueSize is 40000")]
    [TestCase(0, 0, 0, "queuePairs is 0")]
    [TestCase(0, 0, 33, "queuePairs is 33")]
    [Rule("H-122")]
    public void QueueValue_NotAllowed_IsRefusedByTheUsersWord(int rx, int tx, int pairs, string word)
    {
        Assert.That(Refusal(new NetOptions { Mac = Mac, RxQueueSize = rx, TxQueueSize = tx, QueuePairs = pairs }), Does.StartWith(word).And.Contain("it must be 1 to"));
    }

    [TestCase(-1, "full", "speed is -1; it must be 0 to 2147483647 Mbit/s, or 4294967295 for unknown")]
    [TestCase(0x8000_0000, "full", "speed is 2147483648; it must be")]
    [TestCase(0x1_0000_0000, "full", "speed is 4294967296; it must be")]
    [TestCase(1000, "Full", "duplex is \"Full\"; it must be \"full\", \"half\" or \"unknown\"")]
    [TestCase(1000, "", "duplex is \"\"; it must be")]
    [Rule("NET-11", "NET-12", "H-122")]
    public void SpeedAndDuplex_NotAllowed_AreRefusedByTheUsersWord(long speed, string duplex, string message)
    {
        Assert.That(Refusal(new NetOptions { Mac = Mac, Speed = speed, Duplex = duplex }), Does.StartWith(message));
    }

    [TestCase("RING_PACKED", "\"RING_PACKED\" is not understood; write + or - and one of CSUM, ")]
    [TestCase("+RING_PACKED EVENT_IDX", "\"EVENT_IDX\" is not understood")]
    [TestCase("+NO_SUCH -NOR_THIS", "\"+NO_SUCH\", \"-NOR_THIS\" are not understood")]
    [TestCase("+SR_IOV", "+SR_IOV")]
    [TestCase("-VERSION_1", "-VERSION_1")]
    [TestCase("+", "\"+\" is not understood")]
    [TestCase("+HOST_ECN -HOST_TSO4 -HOST_TSO6", "features: HOST_ECN needs HOST_TSO4 or HOST_TSO6; add what is needed, or leave out +HOST_ECN")]
    [TestCase("+HOST_ECN -CSUM +HOST_USO", "features: HOST_USO needs CSUM, HOST_ECN needs HOST_TSO4 or HOST_TSO6; add what is needed, or leave out +HOST_USO +HOST_ECN")]
    [TestCase("+HOST_UDP_TUNNEL_GSO -HOST_TSO4 -HOST_TSO6", "leave out +HOST_UDP_TUNNEL_GSO")]
    [TestCase("+CTRL_RX +MQ -CTRL_VQ +CTRL_RX_EXTRA", "leave out +CTRL_RX +MQ +CTRL_RX_EXTRA")]
    [TestCase("+MQ -CTRL_VQ", "MQ needs CTRL_VQ")]
    [TestCase("+HASH_TUNNEL", "HASH_TUNNEL needs RSS or HASH_REPORT")]
    [TestCase("+HASH_REPORT -CTRL_VQ", "HASH_REPORT needs CTRL_VQ")]
    [Rule("BASE-05", "H-122", "NETDEP-11", "NETDEP-16", "NETDEP-17", "NETDEP-18", "NETDEP-19", "NETDEP-20", "NETDEP-25", "NETDEP-27", "NET-15")]
    public void Features_ThatCannotBe_AreRefusedWithTheRemedy(string features, string message)
    {
        Assert.That(Refusal(new NetOptions { Mac = Mac, Features = features }), Does.StartWith("features: ").And.Contain(message));
    }

    // HOST_ECN has what it needs until HOST_TSO4 and HOST_TSO6 are gone, and the tunnel's checksum until the tunnel is.
    [TestCase("-CSUM", Feature.Csum, Feature.HostTso4, Feature.HostTso6, Feature.HostEcn, Feature.HostUfo, Feature.HostUso, Feature.HostUdpTunnelGso, Feature.HostUdpTunnelGsoCsum)]
    [TestCase("-GUEST_CSUM", Feature.GuestCsum, Feature.GuestTso4, Feature.GuestTso6, Feature.GuestEcn, Feature.GuestUfo, Feature.GuestUso4, Feature.GuestUso6, Feature.GuestUdpTunnelGso, Feature.GuestUdpTunnelGsoCsum)]
    [TestCase("-HOST_TSO4", Feature.HostTso4, Feature.HostUdpTunnelGso, Feature.HostUdpTunnelGsoCsum)]
    [TestCase("-HOST_TSO6", Feature.HostTso6, Feature.HostUdpTunnelGso, Feature.HostUdpTunnelGsoCsum)]
    [TestCase("-HOST_USO", Feature.HostUso, Feature.HostUdpTunnelGso, Feature.HostUdpTunnelGsoCsum)]
    [TestCase("-GUEST_TSO4", Feature.GuestTso4, Feature.GuestUdpTunnelGso, Feature.GuestUdpTunnelGsoCsum)]
    [TestCase("-GUEST_TSO6", Feature.GuestTso6, Feature.GuestUdpTunnelGso, Feature.GuestUdpTunnelGsoCsum)]
    [TestCase("-GUEST_USO4", Feature.GuestUso4, Feature.GuestUdpTunnelGso, Feature.GuestUdpTunnelGsoCsum)]
    [TestCase("-GUEST_USO6", Feature.GuestUso6, Feature.GuestUdpTunnelGso, Feature.GuestUdpTunnelGsoCsum)]
    [TestCase("-HOST_UDP_TUNNEL_GSO", Feature.HostUdpTunnelGso, Feature.HostUdpTunnelGsoCsum)]
    [TestCase("-GUEST_UDP_TUNNEL_GSO", Feature.GuestUdpTunnelGso, Feature.GuestUdpTunnelGsoCsum)]
    [TestCase("+HOST_ECN -HOST_ECN -HOST_TSO4 -HOST_TSO6", Feature.HostTso4, Feature.HostTso6, Feature.HostEcn, Feature.HostUdpTunnelGso, Feature.HostUdpTunnelGsoCsum)]
    [Rule("BASE-05", "NETDEP-09", "NETDEP-10", "NETDEP-11", "NETDEP-12", "NETDEP-13")]
    public void Feature_TakenAway_TakesWhatNeedsItWithIt(string features, params Feature[] gone)
    {
        var usual = new NetDevice(new NetOptions { Mac = Mac }, new PciMachine()).Offered;
        var expected = gone.Aggregate(usual, (set, x) => set.Without(x));
        Assert.That(new NetDevice(new NetOptions { Mac = Mac, Features = features }, new PciMachine()).Offered, Is.EqualTo(expected));
    }

    [Test]
    [Rule("H-122")]
    public void Values_SeveralNotAllowed_AreNamedAllAtOnce()
    {
        var message = Refusal(new NetOptions { Mac = "x", Mtu = 1, QueueSize = 0, RxQueueSize = -1, TxQueueSize = -1, QueuePairs = 0, Features = "+NO_SUCH -CSUM +HOST_USO" });

        Assert.That(message.Split("; ").Select(x => x.Split(' ')[0]), Is.SupersetOf(new[] { "mac", "mtu", "queueSize", "rxQueueSize", "txQueueSize", "queuePairs", "features:" }));
        Assert.That(message, Does.Contain("NO_SUCH").And.Contain("HOST_USO needs CSUM"));
    }

    private static string Refusal(NetOptions options)
    {
        var refusal = Assert.Throws<ArgumentException>(new Action(() => _ = new NetDevice(options, new PciMachine())))!;
        Assert.That(refusal.ParamName, Is.Null, "the message must not name a parameter of the code");
        Assert.That(refusal.Message, Does.Not.Contain("(Parameter"));
        return refusal.Message;
    }

    private const string Mac = "02:00:00:00:00:01";
}
