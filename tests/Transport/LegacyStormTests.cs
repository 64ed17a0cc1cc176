// renode-virtio-net, MIT licence: see LICENSE.
// Random accesses to the legacy registers. A failure names its seed.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;
using VirtioNet.Transport.Pci;

namespace VirtioNet.Tests.Transport;

public sealed class LegacyStormTests
{
    [Test]
    [Rule("H-101", "H-105", "H-107", "H-114", "H-45", "H-51", "H-59")]
    public void Registers_RandomAccessesThenReset_NeverThrowAndLeaveAWorkingDevice([Range(1, 40)] int seed)
    {
        var random = new Random(seed);
        var mode = seed % 4 == 0 ? PciMode.Legacy : PciMode.Transitional;
        var machine = new PciMachine(queueSize: LegacyCard.QueueSize, vectors: LegacyCard.Vectors, mode: mode);
        var stage = (LegacyStage)random.Next((int)LegacyStage.Failed + 1);
        var card = new LegacyCard(stage, machine);
        var ports = card.Driver.Pci.BarAddresses[0];
        var frames = stage switch { LegacyStage.UsedBeforeDriverOk => 2, LegacyStage.FramesWaiting => LegacyCard.QueueSize + 3, _ => 0 };
        for(var i = 0; i < 5000; i++)
        {
            var width = 1 << random.Next(3);
            var value = Interesting[random.Next(Interesting.Length)] ^ (random.Next(4) == 0 ? (uint)random.NextInt64(1L << 32) : 0);
            switch(random.Next(10))
            {
                case 0:
                case 1:
                    machine.In(ports + (uint)random.Next(64), width);
                    break;
                case 2 when mode == PciMode.Transitional:
                    machine.Store(card.Driver.Pci.BarAddresses[4] + (uint)random.Next(0x40), width, value & (uint)PciSpec.AllOnes(width));
                    break;
                case 3:
                    frames++;
                    machine.Device.Receive(CardAtStage.Frame(1));
                    break;
                case 4:
                    card.EnableMsix(random.Next(2) == 0);
                    break;
                case 5:
                    var row = LegacyView.Rows[random.Next(LegacyView.Rows.Length)];
                    machine.Out(ports + (uint)row.Offset, row.Width, value & (uint)PciSpec.AllOnes(row.Width));
                    break;
                case 6:
                    card.Master(random.Next(2) == 0);
                    break;
                default:
                    machine.Out(ports + (uint)random.Next(64), width, value & (uint)PciSpec.AllOnes(width));
                    break;
            }
            machine.RunDeferred();
        }
        card.Master(true);
        card.EnableMsix(false);
        card.Driver.Status = DeviceStatus.None;
        var counters = machine.Device.Counters;
        Assert.That(Net.ReceiveBacklogTests.Delivered(counters) + Net.ReceiveBacklogTests.Dropped(counters), Is.EqualTo(frames), "each frame that came in was delivered or counted as dropped (I8)");
        LegacyLifeTests.AssertWorks(machine);
        LegacyLifeTests.AssertWorks(machine, mode == PciMode.Transitional);
    }

    private static readonly uint[] Interesting = { 0, 1, 2, 3, 4, 7, 8, 15, 0x4_0010, 0x4_0020, 0x4_0030, 0xFFFF, 0x8000_0000, uint.MaxValue };
}
