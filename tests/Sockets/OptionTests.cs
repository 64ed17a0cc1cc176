// renode-virtio-net, MIT licence: see LICENSE.
// What a user writes for a port at a socket, and what is said if it is wrong.

using NUnit.Framework;
using VirtioNet.Outside.Sockets;

namespace VirtioNet.Tests.Sockets;

public sealed class OptionTests
{
    [Test]
    public void Stream_AtAPath_IsRead()
    {
        var options = StreamSocketOptions.Parse("server=on,addr.type=unix,addr.path=/tmp/a,,b");
        Assert.That((options.IsServer, options.Address.IsUnix, options.Address.Path), Is.EqualTo((true, true, "/tmp/a,b")));
        Assert.That(options.Address.ToString(), Is.EqualTo("unix:/tmp/a,b"));
    }

    [Test]
    public void Stream_AtAHostAndPort_IsRead()
    {
        var options = StreamSocketOptions.Parse("addr.type=inet,addr.host=::1,addr.port=65535,reconnect=5");
        Assert.That((options.IsServer, options.Address.IsUnix, options.Address.Host, options.Address.Port, options.LongestPause), Is.EqualTo((false, false, "::1", 65535, 5000)));
        Assert.That(options.Address.ToString(), Is.EqualTo("inet:::1:65535"));
    }

    [TestCase("addr.type=unix,addr.path=/s", 1000)]
    [TestCase("addr.type=unix,addr.path=/s,reconnect=0", 0)]
    [TestCase("addr.type=unix,addr.path=/s,reconnect-ms=250", 250)]
    public void Stream_Reconnect_IsTheLongestPause(string words, int milliseconds)
    {
        Assert.That(StreamSocketOptions.Parse(words).LongestPause, Is.EqualTo(milliseconds));
    }

    [TestCase("", "addr.type is missing; it must be unix, with addr.path, or inet, with addr.host and addr.port")]
    [TestCase("addr.type=fd", "addr.type is \"fd\"; it must be unix, with addr.path, or inet, with addr.host and addr.port")]
    [TestCase("addr.type=unix", "addr.path is \"\"; it must be the path of a socket, of 1 to 107 bytes")]
    [TestCase("addr.type=unix,addr.path=/s,server=yes", "server is \"yes\"; it must be on or off")]
    [TestCase("addr.type=unix,addr.path=/s,server", "server has no value; write server=...")]
    [TestCase("addr.type=unix,addr.path=/s,addr.path=/t", "addr.path is there twice; leave one of them")]
    [TestCase("addr.type=unix,addr.path=/s,path=/t", "\"path\" is not known here; the words are server, reconnect, reconnect-ms, addr.type, addr.path, addr.host, addr.port")]
    [TestCase("addr.type=unix,addr.path=/s,addr.port=1", "addr.port does not go with addr.type=unix; leave it out, or change addr.type")]
    [TestCase("addr.type=inet,addr.host=h,addr.port=1,addr.path=/s", "addr.path does not go with addr.type=inet; leave it out, or change addr.type")]
    [TestCase("addr.type=inet,addr.port=1", "addr.host is missing; it must be a name or an address, such as 127.0.0.1")]
    [TestCase("addr.type=inet,addr.host=h", "addr.port is missing; it must be 1 to 65535")]
    [TestCase("addr.type=inet,addr.host=h,addr.port=0", "addr.port is \"0\"; it must be 1 to 65535")]
    [TestCase("server=on,addr.type=inet,addr.host=h,addr.port=65536", "addr.port is \"65536\"; it must be 0 to 65535")]
    [TestCase("addr.type=inet,addr.host=h,addr.port=http", "addr.port is \"http\"; it must be 1 to 65535")]
    [TestCase("addr.type=unix,addr.path=/s,reconnect=-1", "reconnect is \"-1\"; it must be 0 to 3600 s")]
    [TestCase("addr.type=unix,addr.path=/s,reconnect=3601", "reconnect is \"3601\"; it must be 0 to 3600 s")]
    [TestCase("addr.type=unix,addr.path=/s,reconnect=1,reconnect-ms=1", "reconnect and reconnect-ms say the same; leave one of them out")]
    [TestCase("server=on,addr.type=unix,addr.path=/s,reconnect=1", "reconnect does not go with server=on; leave it out, because a server waits for whoever comes")]
    [TestCase("server=maybe,addr.type=vsock", "server is \"maybe\"; it must be on or off; addr.type is \"vsock\"; it must be unix, with addr.path, or inet, with addr.host and addr.port")]
    public void Stream_OfWrongWords_IsRefusedInThem(string words, string message)
    {
        Assert.That(new Action(() => _ = StreamSocketOptions.Parse(words)), Throws.ArgumentException.With.Message.EqualTo(message));
    }

    [Test]
    public void Path_OfASocket_HasAtMost107Bytes()
    {
        Assert.That(StreamSocketOptions.Parse("addr.type=unix,addr.path=" + new string('x', 107)).Address.Path, Has.Length.EqualTo(107));
        Assert.That(new Action(() => _ = StreamSocketOptions.Parse("addr.type=unix,addr.path=" + new string('x', 108))), Throws.ArgumentException);
        Assert.That(new Action(() => _ = StreamSocketOptions.Parse("addr.type=unix,addr.path=" + new string('\u00e4', 54))), Throws.ArgumentException);
    }

    [Test]
    public void Datagram_OfBothAddresses_IsRead()
    {
        var options = DatagramSocketOptions.Parse("local.type=inet,local.host=127.0.0.1,local.port=0,remote.type=inet,remote.host=localhost,remote.port=1234");
        Assert.That((options.Local.ToString(), options.Remote.ToString()), Is.EqualTo(("inet:127.0.0.1:0", "inet:localhost:1234")));
    }

    [TestCase("local.type=unix,local.path=/a", "remote.type is missing; it must be unix, with remote.path, or inet, with remote.host and remote.port")]
    [TestCase("local.type=unix,local.path=/a,remote.type=inet,remote.host=h,remote.port=1", "local.type and remote.type must be the same, unix or inet")]
    [TestCase("local.type=unix,local.path=/a,remote.type=unix,remote.path=/a", "local.path and remote.path are both \"/a\"; each side has a path of its own")]
    [TestCase("local.type=inet,local.host=h,local.port=1,remote.type=inet,remote.host=h,remote.port=0", "remote.port is \"0\"; it must be 1 to 65535")]
    [TestCase("local.type=inet,local.host=h,local.port=1,remote.type=inet,remote.host=230.0.0.1,remote.port=1", "remote.host is \"230.0.0.1\", a multicast address; write that of one partner, and give each partner a port of the network")]
    public void Datagram_OfWrongWords_IsRefusedInThem(string words, string message)
    {
        Assert.That(new Action(() => _ = DatagramSocketOptions.Parse(words)), Throws.ArgumentException.With.Message.EqualTo(message));
    }

    [TestCase("mtu=67", "mtu is \"67\"; it must be 68 to 65520 bytes")]
    [TestCase("path=", "path is \"\"; it must be the program, or leave it out for passt itself")]
    [TestCase("tcp-ports=", "tcp-ports has no value; write one as passt's --tcp-ports takes it, or leave the word out")]
    [TestCase("map-gw=no", "map-gw is \"no\"; it must be on or off")]
    [TestCase("ports=22", "\"ports\" is not known here; the words are path, mtu, map-gw, tcp-ports, udp-ports, address, netmask, gateway, mac, interface, dns")]
    public void Passt_OfWrongWords_IsRefusedInThem(string words, string message)
    {
        Assert.That(new Action(() => _ = PasstOptions.Parse(words)), Throws.ArgumentException.With.Message.EqualTo(message));
    }
}
