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
        for(var i = 0; i < 70_000; i++)
        {
            var sent = TestFrame(60 + i % 1400, i);
            Assert.That(sender.TrySend(sent), Is.True);
            Assert.That(receiver.TryReceive(out var received), Is.True, $"frame {i} is lost");
            Assert.That(received.AsSpan().SequenceEqual(sent), Is.True, $"frame {i} is changed");
        }
    }

    [Test]
    [Rule("H-55")]
    public void FramesOfDeferredWork_WaitForTheNextSyncedState_AndNoneOvertakesThem()
    {
        var machine = new RenodeMachine();
        var driver = new NetDriver(machine);
        driver.Start(queueSize: 4);
        var left = new List<byte[]>();
        machine.Card.FrameReady += frame => left.Add(frame.UnderlyingPacket.Bytes);
        SendAndDefer(driver);
        (ulong Sent, int Left) meanwhile = default;
        // The work is due in one microsecond, and the next synced state in a quantum.
        machine.Machine.ScheduleAction(TimeInterval.FromMicroseconds(2), _ =>
        {
            meanwhile = (machine.Card.TxFrames, left.Count);
            Offer(driver, 5);
            driver.Transport.Notify(NetLayout.TransmitQueue);
        });
        EmulationManager.Instance.CurrentEmulation.RunFor(TimeInterval.FromMilliseconds(1));
        Assert.That(meanwhile, Is.EqualTo((5UL, 4)), "frames sent, and of these on the wire, while the last one waits");
        Assert.That(left, Is.EqualTo(Enumerable.Range(0, 6).Select(i => TestFrame(100, i))));
    }

    [Test]
    [Rule("H-116")]
    public void FrameReady_WhileItRuns_AnotherThreadDeliversToTheCard()
    {
        var (machine, driver) = StartCard();
        var reached = false;
        // What a switch does, on whatever thread: hand the frame to a receiver, here to the card itself.
        machine.Card.FrameReady += frame => reached = Task.Run(() => machine.Card.ReceiveFrame(frame)).Wait(TimeSpan.FromSeconds(60));

        driver.TrySend(TestFrame(100, 0));
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
        Assert.That(machine.Card.TxFrames, Is.EqualTo(2));
        Assert.That(driver.Pci.Status & Spec.DeviceStatus.NeedsReset, Is.EqualTo(Spec.DeviceStatus.None));
    }

    [Test]
    public void Frame_ThatRenodeCannotParse_IsCounted()
    {
        // A short datagram to UDP port 9, which Renode takes for Wake-on-LAN.
        var (machine, driver) = StartCard();
        var frame = new byte[60];
        frame[12] = 0x08;
        frame[14] = 0x45;
        frame[17] = 46;
        frame[23] = 17;
        frame[37] = 9;
        frame[39] = 26;
        driver.TrySend(frame);
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
        // The card beside it goes on.
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

    [TestCase("hello", 1500, 256, "is not a MAC address")]
    [TestCase("01:00:5e:00:00:01", 1500, 256, "cannot be a card's own address")]
    [TestCase("00:00:00:00:00:00", 1500, 256, "cannot be a card's own address")]
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
    [Rule("H-122")]
    public void Mac_SetToMulticast_IsRefusedAndKept()
    {
        var machine = new RenodeMachine();
        Assert.That((Action)(() => machine.Card.MAC = MACAddress.Parse("01:00:5e:00:00:01")), Throws.TypeOf<RecoverableException>());
        Assert.That(machine.Card.MAC, Is.EqualTo(MACAddress.Parse("02:00:00:00:00:01")));
    }

    [TestCase(32, 0)]
    [TestCase(-1, 0)]
    [TestCase(0, 8)]
    public void Registration_OutsideTheBus_IsRefused(int slot, int function)
    {
        Assert.That((Action)(() => _ = new PciRegistration(slot, function)), Throws.TypeOf<ConstructionException>());
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
