// renode-virtio-net, MIT licence: see LICENSE.
// Commands and their answers, and what becomes of those that a driver gets wrong. virtio v1.4-cs01: 5.1.9.5.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Net;

[TestFixture(false)]
[TestFixture(true)]
public sealed class ControlQueueTests(bool packed) : RingFormats(packed)
{
    // Class, command, data; whether it is carried out.
    private static readonly object[][] Commands =
    {
        new object[] { 0, 0, new byte[] { 1 }, true },
        new object[] { 0, 0, new byte[] { 0 }, true },
        new object[] { 0, 5, new byte[] { 1 }, true },
        new object[] { 0, 6, new byte[] { 1 }, false },
        new object[] { 0, 0, new byte[] { 2 }, false },
        new object[] { 0, 0, Array.Empty<byte>(), false },
        new object[] { 0, 0, new byte[] { 1, 0 }, false },
        new object[] { 1, 0, new byte[8], true },
        new object[] { 1, 0, Array.Empty<byte>(), false },
        new object[] { 1, 0, new byte[4], false },
        new object[] { 1, 0, new byte[7], false },
        new object[] { 1, 0, new byte[9], false },
        new object[] { 1, 0, new byte[] { 1, 0, 0, 0, 2, 0, 0, 0, 0, 9, 0, 0, 0, 0 }, true },
        new object[] { 1, 0, new byte[] { 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0 }, false },
        new object[] { 1, 0, new byte[] { 2, 0, 0, 0, 2, 0, 0, 0, 0, 9, 0, 0, 0, 0 }, false },
        new object[] { 1, 0, new byte[] { 0, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 9 }, true },
        new object[] { 1, 0, new byte[] { 0, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0 }, false },
        new object[] { 1, 0, new byte[] { 255, 255, 255, 255, 0, 0, 0, 0 }, false },
        new object[] { 1, 0, new byte[] { 171, 170, 170, 42, 2, 0, 0, 0, 0, 0 }, false },
        new object[] { 1, 1, new byte[] { 2, 0, 0, 0, 0, 9 }, true },
        new object[] { 1, 1, new byte[] { 2, 0, 0, 0, 0 }, false },
        new object[] { 1, 1, new byte[] { 2, 0, 0, 0, 0, 9, 0 }, false },
        new object[] { 1, 1, new byte[] { 3, 0, 0, 0, 0, 9 }, false },
        new object[] { 1, 1, new byte[6], false },
        new object[] { 1, 2, new byte[6], false },
        new object[] { 2, 0, new byte[] { 0xFF, 0x0F }, true },
        new object[] { 2, 0, new byte[] { 0x00, 0x10 }, false },
        new object[] { 2, 0, new byte[] { 0xFF, 0xFF }, false },
        new object[] { 2, 1, new byte[] { 7, 0 }, true },
        new object[] { 2, 1, new byte[] { 7 }, false },
        new object[] { 2, 1, new byte[] { 7, 0, 0 }, false },
        new object[] { 2, 2, new byte[] { 7, 0 }, false },
        new object[] { 3, 0, Array.Empty<byte>(), true },
        new object[] { 3, 0, new byte[] { 0 }, false },
        new object[] { 3, 1, Array.Empty<byte>(), false },
        new object[] { 4, 0, new byte[] { 1, 0 }, true },
        new object[] { 4, 0, new byte[] { 2, 0 }, true },
        new object[] { 4, 0, new byte[] { 0, 0 }, false },
        new object[] { 4, 0, new byte[] { 3, 0 }, false },
        new object[] { 4, 0, new byte[] { 1, 1 }, false },
        new object[] { 4, 0, new byte[] { 1 }, false },
        new object[] { 4, 0, new byte[] { 1, 0, 0 }, false },
        new object[] { 4, 1, new byte[] { 1, 0 }, false },
        new object[] { 5, 0, new byte[8], true },
        new object[] { 5, 0, new byte[] { 2, 0, 0, 0, 0, 0, 0, 0 }, true },
        new object[] { 5, 0, new byte[] { 0x82, 1, 0, 0, 0, 0, 0, 0 }, true },
        new object[] { 5, 0, new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 }, false },
        new object[] { 5, 0, new byte[] { 2, 0, 2, 0, 0, 0, 0, 0 }, false },
        new object[] { 5, 0, new byte[] { 2, 4, 0, 0, 0, 0, 0, 0 }, false },
        new object[] { 5, 0, new byte[] { 2, 0, 0, 0, 0, 0, 0, 0x80 }, false },
        new object[] { 5, 0, new byte[] { 2, 0, 0, 0, 0, 0, 0 }, false },
        new object[] { 5, 0, new byte[] { 2, 0, 0, 0, 0, 0, 0, 0, 0 }, false },
        new object[] { 5, 1, new byte[8], false },
        new object[] { 6, 0, Array.Empty<byte>(), false },
        new object[] { 99, 0, Array.Empty<byte>(), false },
        new object[] { 255, 255, new byte[] { 1 }, false },
    };

    private static IEnumerable<object[]> Refused => Commands.Where(x => !(bool)x[3]).Select(x => x[..3]);

    [TestCaseSource(nameof(Commands))]
    [Rule("NET-90", "NET-91", "NET-95", "NET-108", "NET-122", "NET-131", "H-91", "H-92", "H-93", "H-94", "H-95", "H-97")]
    public void Command_IsAnswered_AndTheRefusedOnesAreReported(int number, int command, byte[] data, bool isRun)
    {
        var driver = MakeDriver(queuePairs: 2).Start(All.With(Feature.Mq));

        var answer = driver.Control.Send((byte)number, (byte)command, data);

        Assert.That(answer, Is.EqualTo(isRun ? ControlLayout.Ok : ControlLayout.Error));
        Assert.That(driver.Machine.Misuses, Has.Count.EqualTo(isRun ? 0 : 1));
        Assert.That(driver.NeedsReset, Is.False);
    }

    // What is set before must be there after each command that is refused.
    [TestCaseSource(nameof(Refused))]
    [Rule("NET-90", "NET-122", "NET-131", "H-92", "H-93", "H-94", "H-95", "H-97")]
    public void Command_ThatIsRefused_ChangesNothing(int number, int command, byte[] data)
    {
        var driver = MakeDriver(queuePairs: 2).Start(All.With(Feature.Mq));
        driver.Control.Send(ControlLayout.ClassMultiqueue, ControlLayout.PairsSet, 2, 0);
        var offloads = driver.Machine.Device.Offloads;
        Assert.That((offloads.Checksum, offloads.Segmentation), Is.EqualTo((true, Segmentation.Tso4 | Segmentation.Tso6)));
        driver.Machine.Device.Announce();
        driver.Control.Send(ControlLayout.ClassReceive, ControlLayout.Promiscuous, 0);
        driver.Control.Send(ControlLayout.ClassMac, ControlLayout.MacTableSet, 1, 0, 0, 0, 2, 0, 0, 0, 0, 7, 1, 0, 0, 0, 3, 0, 0, 0, 0, 7);
        driver.Control.Send(ControlLayout.ClassVlan, ControlLayout.VlanAdd, 7, 0);
        var before = Passing(driver);
        Assert.That(before.Count(x => x), Is.EqualTo(5));

        driver.Control.Send((byte)number, (byte)command, data);

        Assert.That(Passing(driver), Is.EqualTo(before));
        Assert.That(driver.Machine.Device.PairsInUse, Is.EqualTo(2));
        Assert.That((driver.Machine.Device.Offloads.Checksum, driver.Machine.Device.Offloads.Segmentation), Is.EqualTo((offloads.Checksum, offloads.Segmentation)));
        Assert.That(driver.Pci.DeviceConfig(NetLayout.ConfigStatus, 2), Is.EqualTo(NetLayout.StatusLinkUp | NetLayout.StatusAnnounce));
        Assert.That(driver.Machine.Device.Mac.ToArray(), Is.EqualTo(CardMachine.DefaultMac));
    }

    [TestCase(Feature.CtrlRx, 0, 0, new byte[] { 1 })]
    [TestCase(Feature.CtrlRx, 0, 1, new byte[] { 1 })]
    [TestCase(Feature.CtrlRxExtra, 0, 2, new byte[] { 1 })]
    [TestCase(Feature.CtrlRxExtra, 0, 3, new byte[] { 1 })]
    [TestCase(Feature.CtrlRxExtra, 0, 4, new byte[] { 1 })]
    [TestCase(Feature.CtrlRxExtra, 0, 5, new byte[] { 1 })]
    [TestCase(Feature.CtrlRx, 1, 0, new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 })]
    [TestCase(Feature.CtrlMacAddr, 1, 1, new byte[] { 2, 0, 0, 0, 0, 9 })]
    [TestCase(Feature.CtrlVlan, 2, 0, new byte[] { 1, 0 })]
    [TestCase(Feature.CtrlVlan, 2, 1, new byte[] { 1, 0 })]
    [TestCase(Feature.GuestAnnounce, 3, 0, new byte[0])]
    [TestCase(Feature.Mq, 4, 0, new byte[] { 1, 0 })]
    [TestCase(Feature.CtrlGuestOffloads, 5, 0, new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 })]
    [Rule("NET-90", "NET-91", "NET-95", "H-91")]
    public void Command_WhoseFeatureWasNotNegotiated_IsRefused(Feature feature, int number, int command, byte[] data)
    {
        var with = MakeDriver(queuePairs: 2).Start(All.With(Feature.Mq));
        Assert.That(with.Control.Send((byte)number, (byte)command, data), Is.EqualTo(ControlLayout.Ok));

        var without = MakeDriver(queuePairs: 2).Start(All.With(Feature.Mq).Without(feature));
        Assert.That(without.Control.Send((byte)number, (byte)command, data), Is.EqualTo(ControlLayout.Error));
        Assert.That(without.Machine.Device.Mac.ToArray(), Is.EqualTo(CardMachine.DefaultMac));
    }

    [Test]
    [Rule("NET-90", "H-90")]
    public void Command_ShorterThanItsHeader_IsRefused([Values(0, 1)] int length)
    {
        var driver = MakeDriver().Start(All);
        var answer = driver.Control.Place(ControlDriver.Unanswered);
        var pieces = new[] { new Piece(driver.Control.Place(0), 1, false), new Piece(answer, 1, true) }.Skip(1 - length).ToArray();

        Assert.That(driver.Control.SendChain(pieces)?.Length, Is.EqualTo(1));

        Assert.That(driver.Control.Read(answer), Is.EqualTo(ControlLayout.Error));
    }

    [Test]
    [Rule("NET-90", "H-90")]
    public void Command_WithNoPlaceForTheAnswer_IsGivenBackAndNotRun()
    {
        var driver = MakeDriver().Start(All);

        var used = driver.Control.SendChain(new Piece(driver.Control.Place(1, 1, 2, 0, 0, 0, 0, 9), 8, false));

        Assert.That(used?.Length, Is.Zero);
        Assert.That(driver.Machine.Misuses.Single(), Does.Contain("no byte"));
        Assert.That(driver.Machine.Device.Mac.ToArray(), Is.EqualTo(CardMachine.DefaultMac));
        Assert.That(driver.Control.Send(ControlLayout.ClassReceive, ControlLayout.Promiscuous, 1), Is.EqualTo(ControlLayout.Ok), "the queue goes on");
    }

    // The answer is one byte, wherever its place is cut and however large it is.
    [Test]
    [Rule("NET-90", "SPLIT-02")]
    public void Command_CutAnyhow_IsRunAndAnsweredInTheFirstByte([Range(0, 8)] int seed)
    {
        var driver = MakeDriver().Start(All);
        var command = new byte[] { 1, 1, 2, 0, 0, 0, 0, 9 };
        var readable = Frames.Cut(driver.Ram, command, Frames.Cuts[seed], false);
        var writable = Frames.Cut(driver.Ram, new byte[] { 0xFF, 0xFF, 0xFF }, Frames.Cuts[seed], true);

        Assert.That(driver.Control.SendChain(readable.Concat(writable).ToArray())?.Length, Is.EqualTo(1));

        Assert.That(Frames.Gather(driver.Ram, writable), Is.EqualTo(new byte[] { 0, 0xFF, 0xFF }));
        Assert.That(driver.Machine.Device.Mac.ToArray(), Is.EqualTo(command[2..]));
    }

    [Test]
    [Rule("H-100")]
    public void Command_ThatOverlapsItsAnswer_IsReadBeforeItIsAnswered([Range(0, 7)] int at)
    {
        var driver = MakeDriver().Start(All);
        var place = driver.Control.Place(1, 1, 2, 0, 0, 0, 0, 9);

        driver.Control.SendChain(new Piece(place, 8, false), new Piece(place + (uint)at, 1, true));

        Assert.That(driver.Control.Read(place + (uint)at), Is.EqualTo(ControlLayout.Ok));
        Assert.That(driver.Machine.Device.Mac.ToArray(), Is.EqualTo(new byte[] { 2, 0, 0, 0, 0, 9 }));
    }

    // 4 MiB of commands are one share of work; what is left is done later.
    [Test]
    [Rule("H-55")]
    public void Commands_MoreThanOneShare_AreDeferred()
    {
        var driver = MakeDriver(new GuestRam(32 << 20)).Start(All);
        var table = new byte[2 + 8 + 6 * 200_000];
        (table[0], table[2], table[3], table[4]) = (1, 200_000 & 0xFF, 200_000 >> 8 & 0xFF, 200_000 >> 16);
        var place = driver.Control.Place(table);
        var answers = Enumerable.Range(0, 8).Select(_ => driver.Control.Place(ControlDriver.Unanswered)).ToArray();
        foreach(var answer in answers)
        {
            driver.Control.Ring.Add(new Piece(place, (uint)table.Length, false), new Piece(answer, 1, true));
        }

        driver.Transport.Notify(driver.Control.Ring.Index);
        var atOnce = answers.Count(x => driver.Control.Read(x) == ControlLayout.Ok);
        driver.Machine.RunDeferred();

        Assert.That(atOnce, Is.EqualTo(4));
        Assert.That(answers.Select(driver.Control.Read), Is.All.EqualTo(ControlLayout.Ok));
    }

    [Test]
    [Rule("NET-90")]
    public void ControlQueue_WithoutCtrlVq_IsNotServed()
    {
        var driver = MakeDriver().Start();
        var control = new ControlDriver(driver.Transport, NetLayout.ControlQueue);

        Assert.That(control.Send(ControlLayout.ClassReceive, ControlLayout.Promiscuous, 1), Is.Null);

        Assert.That(driver.Machine.Misuses.Single(), Does.Contain("CTRL_VQ was not negotiated"));
    }

    [Test]
    [Rule("NET-01", "NETDEP-27")]
    public void ControlQueue_ThatIsNotOffered_IsNotThere()
    {
        var machine = new PciMachine(features: "-CTRL_VQ -CTRL_RX -CTRL_RX_EXTRA -CTRL_VLAN -CTRL_MAC_ADDR -GUEST_ANNOUNCE -CTRL_GUEST_OFFLOADS");
        var driver = new RawDriver(machine).Start(All);

        Assert.That(driver.Pci.Common(CommonCfg.NumQueues, 2), Is.EqualTo(2));
        driver.Send(Frames.Make(60));
        Assert.That(machine.Sent, Has.Count.EqualTo(1));
    }

    // In a loop of random commands, good and bad, every one is answered, and the device lives.
    [Test]
    [Rule("NET-90", "H-91", "H-92")]
    public void Commands_OfAnyBytes_AreAllAnswered([Range(1, 4)] int seed)
    {
        var random = new Random(seed);
        var driver = MakeDriver(new GuestRam(32 << 20)).Start(All);
        for(var i = 0; i < 5000; i++)
        {
            var data = new byte[random.Next(24)];
            random.NextBytes(data);
            for(var zero = 1; zero < data.Length && zero < 4; zero++)
            {
                data[zero] = 0;
            }
            var answer = driver.Control.Send((byte)random.Next(8), (byte)random.Next(7), data);
            Assert.That(answer, Is.EqualTo(ControlLayout.Ok).Or.EqualTo(ControlLayout.Error), $"seed {seed}, command {i}");
        }
        Assert.That(driver.NeedsReset, Is.False);
    }

    // Which of some frames pass: to the card, to two other stations, to two groups, to all, and of two VLANs.
    private static bool[] Passing(RawDriver driver)
    {
        return ReceiveFilterTests.Probes.Select(x => ReceiveFilterTests.Passes(driver, x)).ToArray();
    }

    private static readonly FeatureSet All = ReceiveFilterTests.All;
}
