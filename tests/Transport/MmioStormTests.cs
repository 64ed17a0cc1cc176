// renode-virtio-net, MIT licence: see LICENSE.
// Random accesses to a card on virtio-mmio; the invariants of docs/conformance.md must hold.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

public sealed class MmioStormTests
{
    [Test]
    [Rule("H-101", "H-105", "H-107", "H-45", "H-56")]
    public void Accesses_OfKnownSeeds_KeepTheInvariants([Values(1, 2)] int version)
    {
        var storms = Enumerable.Range(0, Storms).Select(x => new Storm(x, version)).ToList();
        storms.ForEach(x => x.Run());
        // The storms do get devices to run and to park.
        Assert.That(storms.Count(x => x.HasRun), Is.GreaterThan(Storms / 2));
        Assert.That(storms.Count(x => x.Machine.ParkedReasons.Count > 0), Is.GreaterThan(Storms / 10));
        Assert.That(storms.Sum(x => (long)x.Machine.Device.Counters.TxFrames), Is.GreaterThan(2 * Storms));
    }

    [Test]
    [Rule("H-101", "H-105", "H-107", "H-45", "H-56")]
    public void Accesses_OfFreshSeeds_KeepTheInvariants([Values(1, 2)] int version)
    {
        var first = Random.Shared.Next(100_000, int.MaxValue - Storms);
        for(var seed = first; seed < first + Storms; seed++)
        {
            new Storm(seed, version).Run();
        }
    }

    private const int Storms = 300;

    private sealed class Storm(int seed, int version)
    {
        public void Run()
        {
            try
            {
                driver = new MmioDriver(Machine);
                for(var i = 0; i < 200; i++)
                {
                    Step();
                    Assert.That(Machine.Line, Is.EqualTo(Machine.Card.InterruptStatus != 0));
                    Assert.That(Machine.Card.InterruptStatus & ~3U, Is.Zero);
                }
                // After a reset the next driver, which clears its rings, finds a working device (invariant I7).
                Machine.Ram.At(Machine.Ram.Base, RamSize).Clear();
                driver.Status = DeviceStatus.None;
                Assert.That(MmioCard.Works(Machine), Is.True);
            }
            catch(Exception e)
            {
                // No exception may leave the device either (invariant I1).
                throw new AssertionException($"version {version}, seed {seed}: {e}", e);
            }
        }

        public MmioMachine Machine { get; } = new(new GuestRam(RamSize), queueSize: 8, version: version);

        /// <summary>True if the device has used a queue.</summary>
        public bool HasRun { get; private set; }

        private void Step()
        {
            switch(random.Next(12))
            {
                case 0:
                    Machine.Device.Receive(CardAtStage.Frame(1));
                    break;
                case 1:
                    Machine.RunDeferred();
                    break;
                case 2:
                    Machine.Ram.At(Machine.Ram.Base, RingSpace)[random.Next(RingSpace)] = (byte)random.Next(4);
                    break;
                case 3:
                    // A whole start of a driver: without this step few storms would get as far as a running device.
                    driver.Probe();
                    driver.Negotiate(NetDriver.AllFeatures & driver.ReadOffered());
                    SetUp(NetLayout.ReceiveQueue);
                    SetUp(NetLayout.TransmitQueue);
                    driver.Status |= DeviceStatus.DriverOk;
                    var accesses = Machine.Ram.Accesses;
                    driver.Notify(NetLayout.TransmitQueue);
                    HasRun |= Machine.Ram.Accesses > accesses;
                    break;
                case 4:
                    driver.Load(random.Next(MmioLayout.Size), 1 << random.Next(4));
                    break;
                case 5:
                    driver.Store(random.Next(MmioLayout.Size), 1 << random.Next(4), Value());
                    break;
                default:
                    var registers = MmioView.Writable(version);
                    driver.Store(registers[random.Next(registers.Length)].Offset, 4, Value() & uint.MaxValue);
                    break;
            }
        }

        private void SetUp(int queue)
        {
            OfferBuffers();
            driver.Write(MmioReg.QueueSel, (uint)queue);
            driver.Write(MmioReg.QueueSize, 8);
            if(driver.IsLegacy)
            {
                driver.Write(MmioReg.QueuePFN, (uint)(Machine.Ram.Base / 4096) + Sometimes(1));
            }
            else
            {
                // Both queues share their memory.
                driver.WriteAddress(MmioReg.QueueDesc, Machine.Ram.Base + Sometimes(16));
                driver.WriteAddress(MmioReg.QueueDriver, Machine.Ram.Base + Available + Sometimes(16));
                driver.WriteAddress(MmioReg.QueueDevice, Machine.Ram.Base + 4096 + Sometimes(16));
                driver.Write(MmioReg.QueueReady, 1);
            }
        }

        // Fills a ring of 8, laid out as a legacy ring on the first page, with descriptors that are mostly valid.
        private void OfferBuffers()
        {
            var ram = Machine.Ram;
            for(var i = 0U; i < 8; i++)
            {
                ram.Write64(ram.Base + 16 * i, ram.Base + RingSpace + 256 * i);
                ram.Write64(ram.Base + 16 * i + 8, 128 | (random.Next(2) == 0 ? (ulong)RingLayout.DescWrite << 32 : 0));
                ram.Write16(ram.Base + Available + 4 + 2 * i, (ushort)i);
            }
            ram.Write16(ram.Base + Available + 2, (ushort)random.Next(10));
        }

        private uint Sometimes(uint step) => random.Next(4) == 0 ? step * (uint)random.Next(8) : 0;

        private ulong Value()
        {
            return random.Next(6) switch
            {
                0 => (ulong)random.NextInt64(),
                1 => ulong.MaxValue,
                2 => 1UL << random.Next(32),
                3 => Machine.Ram.Base / 4096 + (uint)random.Next(4),
                _ => (ulong)random.Next(16),
            };
        }

        private MmioDriver driver = null!;
        private readonly Random random = new(seed);

        private const int RamSize = 1 << 17;
        private const int RingSpace = 0x4000;
        private const int Available = 128;
    }
}
