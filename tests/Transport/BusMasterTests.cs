// renode-virtio-net, MIT licence: see LICENSE.
// While the device runs, the driver switches bus mastering and BAR decoding, moves a BAR, and covers it with another card's.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Pci;
using VirtioNet.Spec;
using VirtioNet.Transport.Pci;

namespace VirtioNet.Tests.Transport;

[Rule("H-109")]
public sealed class BusMasterTests
{
    [Test]
    [Rule("PCIH-05", "H-112")]
    public void BusMaster_OffThenOn_LosesNothingAndTouchesNothingMeanwhile()
    {
        var card = new CardAtStage(Stage.MasterOff);
        var accesses = card.Machine.Ram.Accesses;
        for(byte i = 0; i < 4; i++)
        {
            card.OfferFrame(i);
            card.Pci.Notify(NetLayout.TransmitQueue);
            card.Machine.Device.Receive(CardAtStage.Frame((byte)(0x80 + i)));
            card.Machine.RunDeferred();
        }
        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses), "no DMA");
        Assert.That(card.Machine.Sent, Is.Empty);
        Assert.That(card.Machine.Interrupts, Is.Zero);

        Master(card, true);
        Assert.That(card.Machine.Sent.Select(x => x[0]), Is.EqualTo(Enumerable.Range(0, 4)));
        Assert.That(ReceiveAll(card), Is.EqualTo(Enumerable.Range(0x80, 4)));
    }

    [Test]
    [Rule("PCIH-05", "H-112")]
    public void BusMaster_ToggledAtRandomUnderTraffic_DeliversEveryFrameOnceInOrder([Range(1, 10)] int seed)
    {
        var random = new Random(seed);
        var card = new CardAtStage(Stage.Running);
        var (sent, arrived) = (0, 0);
        var received = new List<int>();
        for(var i = 0; i < 2000; i++)
        {
            switch(random.Next(4))
            {
                case 0:
                    Master(card, random.Next(2) == 0);
                    break;
                case 1:
                    sent += card.Net.TrySend(CardAtStage.Frame((byte)(sent & 0xFF))) ? 1 : 0;
                    break;
                case 2 when arrived - received.Count < 100:
                    card.Machine.Device.Receive(CardAtStage.Frame((byte)(arrived++ & 0xFF)));
                    break;
                default:
                    received.AddRange(ReceiveAll(card));
                    break;
            }
            card.Machine.RunDeferred();
        }
        Master(card, true);
        for(var more = ReceiveAll(card); more.Count > 0; more = ReceiveAll(card))
        {
            received.AddRange(more);
        }
        Assert.That(card.Machine.Sent.Select(x => (int)x[0]), Is.EqualTo(Enumerable.Range(0, sent).Select(x => x & 0xFF)));
        Assert.That(received, Is.EqualTo(Enumerable.Range(0, arrived).Select(x => x & 0xFF)));
        Assert.That(sent, Is.GreaterThan(50));
        Assert.That(arrived, Is.GreaterThan(50));
    }

    [Test]
    [Rule("PCIH-05")]
    public void BusMaster_OffWhileWorkIsDeferred_KeepsTheWork()
    {
        var card = new CardAtStage(Stage.WorkDeferred);
        while(card.Net.Transmit.TryTakeUsed(out _))
        {
        }
        Master(card, false);
        card.OfferFrame(0xEE);
        card.Machine.RunDeferred();
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(CardAtStage.QueueSize));
        Master(card, true);
        Assert.That(card.Machine.Sent, Has.Count.EqualTo(CardAtStage.QueueSize + 1));
    }

    [Test]
    [Rule("PCIH-05")]
    public void BusMaster_Off_RegistersAndInterruptsOfConfigurationStillWork()
    {
        var card = new CardAtStage(Stage.MasterOff);
        card.Machine.Device.LinkUp = false;
        Assert.That(card.Machine.Lines[PciMachine.CardSlot], Is.True, "INTx is a line and no memory write");
        Assert.That(card.Pci.ReadIsr(), Is.EqualTo(PciLayout.IsrConfig));
        Assert.That((int)card.Pci.Status, Is.EqualTo(0x0F));
    }

    [Test]
    [Rule("H-120")]
    public void Card_PulledOut_ReachesNoMemoryAndInterruptsNobodyUntilItIsBack([Values(0, 4)] int vectors)
    {
        var card = new CardAtStage(Stage.Running, new PciMachine(queueSize: CardAtStage.QueueSize, vectors: vectors));
        if(vectors > 0)
        {
            card.Pci.Common(CommonCfg.ConfigMsixVector, 2, 1);
            new MsixDriver(card.Pci) { Control = MsixDriver.Enable }.Program(1, 0x0802_0040, 7);
        }
        card.OfferFrame(1);
        card.Machine.Bus.Remove(PciMachine.CardSlot, 0);
        var accesses = card.Machine.Ram.Accesses;
        card.Machine.Transport.Notify(NetLayout.TransmitQueue);
        card.Machine.Device.Receive(CardAtStage.Frame(2));
        card.Machine.Device.LinkUp = false;
        card.Machine.Device.LinkUp = true;
        card.Machine.RunDeferred();
        Assert.That(card.Machine.Ram.Accesses, Is.EqualTo(accesses), "no DMA");
        Assert.That(card.Machine.Messages, Is.Empty);
        Assert.That(card.Machine.Lines, Has.None.True);

        card.Machine.Bus.TryAdd(PciMachine.CardSlot, 0, card.Machine.Card);
        Assert.That(card.Machine.Sent.Select(x => x[0]), Is.EqualTo(Enumerable.Repeat(1, 1)));
        Assert.That(ReceiveAll(card), Is.EqualTo(Enumerable.Repeat(2, 1)));
        Assert.That(card.Machine.Messages, Has.Count.EqualTo(vectors > 0 ? 1 : 0));
        Assert.That(card.Machine.Lines[PciMachine.CardSlot], Is.EqualTo(vectors == 0));
    }

    [Test]
    [Rule("PCIH-04", "PCIH-09")]
    public void Bar_MovedSizedAndCoveredWhileRunning_TheDeviceGoesOn()
    {
        var card = new CardAtStage(Stage.Running);
        var other = new VirtioPciFunction(card.Machine.MakeDevice(8), card.Machine.Ram, card.Machine, card.Machine, new PciOptions());
        card.Machine.Bus.TryAdd(2, 0, other);
        var second = new VirtioPciDriver(card.Machine, 2);
        second.Probe(0x2000_0000);
        Send(card, 1);

        var register = PciSpec.Bar0 + 16;
        card.Pci.WriteConfig(register, 4, uint.MaxValue);
        card.Pci.WriteConfig(register + 4, 4, uint.MaxValue);
        var size = ~(((ulong)card.Pci.Config(register + 4, 4) << 32 | card.Pci.Config(register, 4)) & ~0xFUL) + 1;
        Assert.That(size, Is.EqualTo(0x4000), "sized while it decodes");
        card.Pci.WriteConfig(register, 4, 0x3000_0000);
        card.Pci.WriteConfig(register + 4, 4, 5);
        Assert.That(card.Machine.Bus.Read(false, card.Pci.BarAddresses[4], 4), Is.EqualTo(uint.MaxValue), "the old address still answers");
        card.Pci.BarAddresses[4] = 0x5_3000_0000;
        Send(card, 2);

        // The second card is put on top of the first, and taken away again.
        second.WriteConfig(register, 4, 0x3000_0000);
        second.WriteConfig(register + 4, 4, 5);
        Assert.That((int)card.Pci.Status, Is.Zero, "the BAR that was placed last answers");
        second.WriteConfig(PciSpec.Command, 2, 0);
        Assert.That((int)card.Pci.Status, Is.EqualTo(0x0F));
        Send(card, 3);
        card.Machine.Bus.Remove(2, 0);
        Send(card, 4);
    }

    [Test]
    [Rule("PCIH-05")]
    public void Decoding_OffWhileRunning_HidesTheRegistersAndKeepsTheDevice()
    {
        var card = new CardAtStage(Stage.Running);
        card.Pci.WriteConfig(PciSpec.Command, 2, PciSpec.CommandBusMaster);
        card.Pci.Status = DeviceStatus.None;
        Assert.That(card.Pci.Common(CommonCfg.NumQueues, 2), Is.EqualTo(0xFFFF));
        card.Machine.Device.Receive(CardAtStage.Frame(0x80));
        card.Pci.WriteConfig(PciSpec.Command, 2, PciSpec.CommandBusMaster | PciSpec.CommandMemory);
        Assert.That((int)card.Pci.Status, Is.EqualTo(0x0F), "the write of 0 did not reach the card");
        Assert.That(ReceiveAll(card), Is.EqualTo(Enumerable.Repeat(0x80, 1)), "DMA needs no decoding");
    }

    [Test]
    [Rule("H-15", "H-111")]
    public void Buffer_OnTheCardsOwnBar_IsRefusedAndReachesNoRegister([Values(0U, 0x14U, 0x1000U, 0x2000U, 0x3004U)] uint offset, [Values] bool transmit)
    {
        var card = new CardAtStage(Stage.Running);
        var target = card.Pci.BarAddresses[4] + offset;
        if(transmit)
        {
            card.Net.Transmit.Add(new Piece(target, 128, false));
            card.Pci.Notify(NetLayout.TransmitQueue);
        }
        else
        {
            card.Machine.Ram.Write64(card.Net.Receive.DescriptorArea + 16UL * card.Machine.Ram.Read16(card.Net.Receive.DriverArea + 4), target);
            card.Machine.Device.Receive(CardAtStage.Frame(1));
        }
        Assert.That((int)card.Pci.Status, Is.EqualTo(0x4F), "the card parks; its own DMA does not reach its registers");
        Assert.That(card.Machine.ParkedReasons, Has.Count.EqualTo(1));
        Assert.That(card.Machine.Sent, Is.Empty);
        Assert.That(card.Pci.ReadIsr(), Is.EqualTo(PciLayout.IsrConfig));
    }

    [Test]
    [Rule("H-110")]
    public void Buffer_AcrossAHole_IsRefusedBeforeAnyByteMoves()
    {
        var card = new CardAtStage(Stage.Running);
        var ram = card.Machine.Ram;
        var first = ram.Read32(card.Net.Receive.DescriptorArea + 16UL * ram.Read16(card.Net.Receive.DriverArea + 4));
        ram.Unmap(first + 40U, 1);
        ram.WrittenRanges = new();
        card.Machine.Device.Receive(CardAtStage.Frame(1));
        Assert.That(ram.WrittenRanges, Is.Empty);
        Assert.That((int)card.Pci.Status, Is.EqualTo(0x4F));
    }

    private static void Master(CardAtStage card, bool on)
    {
        card.Machine.WriteConfig(PciSpec.Command, 2, on ? PciSpec.CommandMemory + (uint)PciSpec.CommandBusMaster : PciSpec.CommandMemory);
    }

    private static void Send(CardAtStage card, byte mark)
    {
        Assert.That(card.Net.TrySend(CardAtStage.Frame(mark)), Is.True);
        Assert.That(card.Machine.Sent[^1][0], Is.EqualTo(mark));
    }

    private static List<int> ReceiveAll(CardAtStage card)
    {
        var marks = new List<int>();
        while(card.Net.TryReceive(out var frame))
        {
            marks.Add(frame[0]);
        }
        return marks;
    }
}
