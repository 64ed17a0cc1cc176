// renode-virtio-net, MIT licence: see LICENSE.
// The lab's echo messages: what is written is read back, what is damaged is not.

using NUnit.Framework;
using VirtioNet.Lab;
using VirtioNet.Lab.Ipv4;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Lab;

public sealed class IcmpEchoTests
{
    [Test]
    public void TryRead_PaddedFrame_GivesDataWithoutPadding()
    {
        var frame = Request(1, 2, 3).ToFrame(MacAddress.Broadcast, default);
        Array.Resize(ref frame, 60);

        Assert.That(IcmpEcho.TryRead(frame.AsSpan(Ethernet.HeaderSize), out var echo), Is.True);
        Assert.That(echo.Data, Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(echo.Sequence, Is.EqualTo(7));
        Assert.That(echo.Source.ToString(), Is.EqualTo("10.0.0.1"));
    }

    [Test]
    public void TryRead_AnyByteChanged_RefusesIt()
    {
        var frame = Request(1, 2, 3, 4).ToFrame(MacAddress.Broadcast, default);
        for(var i = Ethernet.HeaderSize; i < frame.Length; i++)
        {
            frame[i] ^= 0x10;
            Assert.That(IcmpEcho.TryRead(frame.AsSpan(Ethernet.HeaderSize), out _), Is.False, $"byte {i}");
            frame[i] ^= 0x10;
        }
    }

    [Test]
    public void TryRead_AnyLengthCutOff_RefusesIt()
    {
        var frame = Request(1, 2, 3, 4).ToFrame(MacAddress.Broadcast, default);
        for(var length = Ethernet.HeaderSize; length < frame.Length; length++)
        {
            Assert.That(IcmpEcho.TryRead(frame.AsSpan(Ethernet.HeaderSize, length - Ethernet.HeaderSize), out _), Is.False, $"length {length}");
        }
    }

    private static IcmpEcho Request(params byte[] data)
    {
        return new IcmpEcho(IcmpEcho.Request, new Ipv4Address(0x0A00_0001), new Ipv4Address(0x0A00_0002), 1, 7, IcmpEcho.UsualTtl, data);
    }
}
