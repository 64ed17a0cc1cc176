// renode-virtio-net, MIT licence: see LICENSE.
// The card through Renode's bus, driven as a guest drives it.

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Network;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Peripherals.PCI;
using Antmicro.Renode.Time;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Renode;

public sealed class CardTests : RenodeFixture
{
    [Test]
    [Rule("H-123")]
    public void Frame_Sent_LeavesWithOneCheckSequenceAndArrivesWithout()
    {
        var (left, sender) = StartCard("left", "02:00:00:00:00:01");
        var (right, receiver) = StartCard("right", "02:00:00:00:00:02");
        var onTheWire = new List<EthernetFrame>();
        left.Card.FrameReady += onTheWire.Add;
        left.Card.FrameReady += right.Card.ReceiveFrame;
        var sent = TestFrame(200, 1);

        Assert.That(sender.TrySend(sent), Is.True);
        Go();
        Assert.That(receiver.TryReceive(out var received), Is.True);
        Assert.That(received, Is.EqualTo(sent));
        Assert.That(onTheWire, Has.Count.EqualTo(1));
        Assert.That(EthernetFrame.CheckCRC(onTheWire[0].Bytes), Is.True);
        Assert.That(onTheWire[0].Bytes, Has.Length.EqualTo(sent.Length + 4));
    }

    [Test]
    [Rule("H-23", "H-117")]
    public void Frames_ManyAcrossHostBlocks_ArriveUnchanged()
    {
        // 64 KiB host blocks: rings and buffers straddle them. Receiving runs with no current CPU.
        var (left, sender) = StartCard("left", "02:00:00:00:00:01");
        var (right, receiver) = StartCard("right", "02:00:00:00:00:02");
        left.Card.FrameReady += right.Card.ReceiveFrame;
        // More than once around the 16-bit indices of the rings.
        const int batch = 200;
        for(var i = 0; i < 70_000; i += batch)
        {
            for(var j = i; j < i + batch; j++)
            {
                Assert.That(sender.TrySend(TestFrame(60 + j % 1400, j)), Is.True);
            }
            Go();
            for(var j = i; j < i + batch; j++)
            {
                Assert.That(receiver.TryReceive(out var received), Is.True, $"frame {j} is lost");
                Assert.That(received.AsSpan().SequenceEqual(TestFrame(60 + j % 1400, j)), Is.True, $"frame {j} is changed");
            }
        }
    }

    [Test]
    [Rule("H-116")]
    public void FrameReady_WhileItRuns_AnotherThreadDeliversToTheCard()
    {
        var (machine, driver) = StartCard();
        var reached = false;
        // A switch hands a frame to a receiver, on any thread; here the receiver is the card itself.
        machine.Card.FrameReady += frame => reached = OnAnotherThread(() => machine.Card.ReceiveFrame(frame));

        driver.TrySend(TestFrame(100, 0));
        Go();
        Assert.That(reached, Is.True, "the card's lock was held while the frame left");
    }

    [Test]
    [Rule("H-75")]
    public void Frame_ReflectedToItsSender_IsReceivedOnce()
    {
        var (machine, driver) = StartCard();
        machine.Card.FrameReady += machine.Card.ReceiveFrame;
        var sent = TestFrame(100, 7);
        driver.TrySend(sent);
        Go();
        Assert.That(driver.TryReceive(out var received), Is.True);
        Assert.That(received, Is.EqualTo(sent));
        Assert.That(driver.TryReceive(out _), Is.False);
    }

    [Test]
    [Rule("H-113")]
    public void NetworkThatThrows_LosesTheFrameAndNothingElse()
    {
        var (machine, driver) = StartCard();
        machine.Card.FrameReady += _ => throw new InvalidOperationException("a broken receiver");
        driver.TrySend(TestFrame(100, 0));
        driver.TrySend(TestFrame(100, 1));
        Go();
        Assert.That(machine.Card.TxFrames, Is.EqualTo(2));
        Assert.That(Counter(machine, "TxDropRefused"), Is.EqualTo("2"));
        Assert.That(driver.Pci.Status & Spec.DeviceStatus.NeedsReset, Is.EqualTo(Spec.DeviceStatus.None));
    }

    [Test]
    public void Frame_ThatRenodeCannotParse_IsCounted()
    {
        var (machine, driver) = StartCard();
        driver.TrySend(NetworkEntranceTests.UdpToPort9(60));
        Go();
        Assert.That(Counter(machine, "TxDropRefused"), Is.EqualTo("1"));
    }

    [Test]
    [Rule("H-113")]
    public void EndpointThatThrows_ReadsAllOnesAndIsToldSo()
    {
        var machine = new RenodeMachine();
        var endpoint = new BrokenEndpoint();
        machine.Host.Register(endpoint, new PciRegistration(3));
        Assert.That(machine.ReadConfig(0, 4, 3, 0), Is.EqualTo(uint.MaxValue));
        machine.WriteConfig(4, 2, 7, 3, 0);
        Assert.That(endpoint.Failures, Is.EqualTo(2));
        // The other card on the bus still answers.
        Assert.That(machine.ReadConfig(0, 4, PciMachine.CardSlot, 0), Is.EqualTo(0x1000_1AF4));
    }

    [Test]
    [Rule("H-113")]
    public void Card_ThatFails_ParksUntilReset()
    {
        var (machine, driver) = StartCard();
        machine.Card.Fail(new InvalidOperationException("a defect of the card"));
        Assert.That(driver.Pci.Status & Spec.DeviceStatus.NeedsReset, Is.EqualTo(Spec.DeviceStatus.NeedsReset));
        var again = new NetDriver(machine);
        again.Start();
        Assert.That(again.TrySend(TestFrame(100, 0)), Is.True);
        Assert.That(machine.Card.TxFrames, Is.EqualTo(1));
    }

    [Test]
    [Rule("BASE-13", "H-107")]
    public void MachineReset_BringsBackTheCard()
    {
        var (machine, _) = StartCard();
        machine.Card.Reset();
        machine.Host.Reset();
        Assert.That(machine.Card.DeviceStatus, Is.EqualTo("None"));
        Assert.That(machine.ReadConfig(4, 2, PciMachine.CardSlot, 0), Is.Zero, "Command");
        var driver = new NetDriver(machine);
        driver.Start();
        Assert.That(driver.TrySend(TestFrame(100, 0)), Is.True);
        Assert.That(machine.Card.TxFrames, Is.EqualTo(1));
    }

    [Test]
    [Rule("PCI-51")]
    public void Interrupt_OfTheCard_DrivesTheSwizzledOutput()
    {
        var (machine, driver) = StartCard();
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0)));
        // Slot 1, INTA: output 1.
        Assert.That(machine.Host.Connections.Select(x => x.Value.IsSet), Is.EqualTo(new[] { false, true, false, false }));
        driver.Pci.ReadIsr();
        Assert.That(machine.Host.Connections[1].IsSet, Is.False);
    }

    [Test]
    [Rule("H-120")]
    public void Card_TakenOut_ReceivesNothingAndAnswersNothing()
    {
        var (machine, _) = StartCard();
        machine.Host.Unregister(machine.Card);
        machine.Card.ReceiveFrame(Wrap(TestFrame(100, 0)));
        Assert.That(machine.ReadConfig(0, 4, PciMachine.CardSlot, 0), Is.EqualTo(uint.MaxValue));
        Assert.That(machine.Card.RxFrames, Is.Zero);
    }

    [TestCase("hello", 1500, 256, "it must be a unicast address")]
    [TestCase("01:00:5e:00:00:01", 1500, 256, "it must be a unicast address")]
    [TestCase("00:00:00:00:00:00", 1500, 256, "it must be a unicast address")]
    [TestCase(null, 67, 256, "68 to 65535")]
    [TestCase(null, 65536, 256, "68 to 65535")]
    [TestCase(null, 1500, 0, "queueSize is")]
    [TestCase(null, 1500, 65536, "queueSize is")]
    [Rule("H-122", "H-50", "NET-03")]
    public void Card_BadValue_SaysWhatIsAllowed(string? mac, int mtu, int queueSize, string message)
    {
        var machine = new Machine();
        Assert.That((Action)(() => _ = new VirtioNetPci(machine, mac, mtu, queueSize)),
            Throws.TypeOf<ConstructionException>().With.Message.Contains(message));
    }

    [Test]
    [Rule("F-37")]
    public void Counters_ResetInTheMonitor_AreZero()
    {
        var (machine, driver) = StartCard();
        Assert.That(driver.TrySend(TestFrame(100, 1)), Is.True);
        machine.Machine.Reset();
        Assert.That(Counter(machine, "TxFrames"), Is.EqualTo("1"), "a reset of the machine leaves them");
        machine.Card.ResetCounters();
        Assert.That(Counter(machine, "TxFrames"), Is.EqualTo("0"));
    }

    [Test]
    [Rule("H-122")]
    public void Mac_SetToMulticast_IsRefusedAndKept()
    {
        var machine = new RenodeMachine();
        Assert.That((Action)(() => machine.Card.MAC = "01:00:5e:00:00:01"), Throws.TypeOf<RecoverableException>());
        Assert.That(machine.Card.MAC, Is.EqualTo("02:00:00:00:00:01"));
    }

    [TestCase(32, 0)]
    [TestCase(-1, 0)]
    [TestCase(0, 8)]
    public void Registration_OutsideTheBus_IsRefused(int slot, int function)
    {
        var machine = new RenodeMachine();
        var card = new VirtioNetPci(machine.Machine);
        Assert.That((Action)(() => machine.Host.Register(card, new PciRegistration(slot, function))), Throws.TypeOf<RegistrationException>());
    }

    [Test]
    public void Mac_ByDefault_IsUnique()
    {
        var first = new RenodeMachine("first", mac: null);
        var second = new RenodeMachine("second", mac: null);
        Assert.That(first.Card.MAC, Is.Not.EqualTo(second.Card.MAC));
    }

    [Test]
    [Rule("H-115")]
    public void Storm_OfMisuse_LeavesFewLinesInTheLog()
    {
        var (machine, driver) = StartCard();
        var lines = CountWarnings(() =>
        {
            for(var i = 0; i < 100_000; i++)
            {
                driver.Pci.Common(0x3D, 1, 0);
            }
        });
        Assert.That(lines, Is.InRange(1, 20));
    }
}
