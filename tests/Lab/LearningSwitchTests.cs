// Where the lab's switch sends a frame, and when.

using NUnit.Framework;
using VirtioNet.Lab;
using VirtioNet.Lab.Ipv4;

namespace VirtioNet.Tests.Lab;

public sealed class LearningSwitchTests
{
    [SetUp]
    public void Connect()
    {
        sut = new LearningSwitch();
        received = new List<byte[]>[3];
        for(var i = 0; i < received.Length; i++)
        {
            var list = received[i] = new List<byte[]>();
            sut.Connect(list.Add);
        }
    }

    [Test]
    public void Send_UnknownTarget_FloodsOtherPortsWithArraysOfTheirOwn()
    {
        Send(0, from: 0xA, to: 0xB);

        Assert.That(Counts(), Is.EqualTo("0 1 1"));
        Assert.That(received[1][0], Is.Not.SameAs(received[2][0]).And.EqualTo(received[2][0]));
    }

    [Test]
    public void Send_TargetThatHasSent_GoesToItsPortOnly()
    {
        Send(1, from: 0xB, to: 0xA);
        Send(0, from: 0xA, to: 0xB);

        Assert.That(Counts(), Is.EqualTo("1 1 1"));
        Assert.That((sut.Flooded, sut.Forwarded), Is.EqualTo((1L, 1L)));
    }

    [Test]
    public void Send_TargetThatHasMoved_GoesToItsNewPort()
    {
        Send(1, from: 0xB, to: 0xF);
        Send(2, from: 0xB, to: 0xF);
        Clear();

        Send(0, from: 0xA, to: 0xB);

        Assert.That(Counts(), Is.EqualTo("0 0 1"));
    }

    [Test]
    public void Send_GroupTarget_FloodsThoughAGroupAddressHasSent()
    {
        Send(1, from: Broadcast, to: 0xF);
        Clear();

        Send(0, from: 0xA, to: Broadcast);

        Assert.That(Counts(), Is.EqualTo("0 1 1"));
    }

    [Test]
    public void Send_TargetBehindSendingPort_GoesNowhere()
    {
        Send(0, from: 0xA, to: 0xF);
        Clear();

        Send(0, from: 0xC, to: 0xA);

        Assert.That(Counts(), Is.EqualTo("0 0 0"));
    }

    [Test]
    [Rule("H-75")]
    public void Send_FromWithinDelivery_WaitsForNextRound()
    {
        var depth = 0;
        var deepest = 0;
        var echo = new LearningSwitch();
        echo.Connect(frame =>
        {
            depth++;
            deepest = Math.Max(deepest, depth);
            echo.Send(1, frame);
            depth--;
        });
        echo.Connect(_ => { });

        echo.Send(1, Frame(from: 0xA, to: Broadcast));
        for(var i = 0; i < 10; i++)
        {
            Assert.That(echo.DeliverWaiting(), Is.True);
        }

        Assert.That(deepest, Is.EqualTo(1));
        Assert.That(echo.Flooded, Is.EqualTo(10));
    }

    private void Send(int port, ulong from, ulong to)
    {
        var before = Counts();
        sut.Send(port, Frame(from, to));
        Assert.That(Counts(), Is.EqualTo(before), "H-75: nothing moves inside of Send");
        sut.DeliverWaiting();
    }

    private static byte[] Frame(ulong from, ulong to)
    {
        return Ethernet.Frame(new MacAddress(to), new MacAddress(from), Ethernet.TypeExperimental, 46);
    }

    // Frames received so far at each port.
    private string Counts() => string.Join(' ', received.Select(list => list.Count));

    private void Clear()
    {
        foreach(var list in received)
        {
            list.Clear();
        }
    }

    private LearningSwitch sut = null!;
    private List<byte[]>[] received = null!;

    private const ulong Broadcast = 0xFFFF_FFFF_FFFF;
}
