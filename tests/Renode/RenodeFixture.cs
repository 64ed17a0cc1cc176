// What the tests in Renode's assemblies share.

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Network;
using Antmicro.Renode.Peripherals.PCI;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Renode;

[NonParallelizable]
public abstract class RenodeFixture
{
    [TearDown]
    public void ClearEmulation()
    {
        EmulationManager.Instance.Clear();
    }

    protected static (RenodeMachine Machine, NetDriver Driver) StartCard(string name = "machine", string mac = "02:00:00:00:00:01")
    {
        var machine = new RenodeMachine(name, mac);
        var driver = new NetDriver(machine);
        driver.Start();
        return (machine, driver);
    }

    /// <summary>A frame of a private EtherType that is told apart by its number.</summary>
    protected static byte[] TestFrame(int length, int number)
    {
        var frame = new byte[length];
        new byte[] { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xB5 }.CopyTo(frame, 0);
        BitConverter.TryWriteBytes(frame.AsSpan(14), number);
        for(var i = 18; i < length; i++)
        {
            frame[i] = unchecked((byte)(number + i));
        }
        return frame;
    }

    /// <summary>Offers a test frame to the card, and does not notify it.</summary>
    protected static void Offer(NetDriver driver, int number)
    {
        var memory = driver.Transport.Memory;
        var address = memory.Allocate(NetLayout.HeaderSize + 100);
        memory.Write(address + NetLayout.HeaderSize, TestFrame(100, number));
        driver.Transmit.Add(new Piece(address, NetLayout.HeaderSize + 100, false));
    }

    /// <summary>
    /// Sends frames 0 to 3, a whole queue of them, in one notification: the card looks again later, and finds frame 4.
    /// </summary>
    protected static void SendAndDefer(NetDriver driver)
    {
        for(var i = 0; i < 4; i++)
        {
            Offer(driver, i);
        }
        driver.Transport.Notify(NetLayout.TransmitQueue);
        while(driver.Transmit.TryTakeUsed(out _))
        {
        }
        Offer(driver, 4);
    }

    protected static EthernetFrame Wrap(byte[] bytes)
    {
        Assert.That(EthernetFrame.TryCreateEthernetFrame(bytes, addCrc: true, out var frame), Is.True);
        return frame;
    }

    protected static string Counter(RenodeMachine machine, string name)
    {
        var table = machine.Card.GetCounters();
        var row = Enumerable.Range(0, table.GetLength(0)).Single(x => table[x, 0] == name);
        return table[row, 1];
    }

    /// <summary>The emulation's one machine, as a snapshot of it brings it back.</summary>
    protected static IMachine SaveAndLoad()
    {
        var path = Path.GetTempFileName();
        try
        {
            EmulationManager.Instance.Save(path);
            EmulationManager.Instance.Clear();
            EmulationManager.Instance.Load(path);
            return EmulationManager.Instance.CurrentEmulation.Machines.Single();
        }
        finally
        {
            File.Delete(path);
        }
    }

    protected static int CountWarnings(Action action)
    {
        Logger.Flush();
        var before = Warnings.Count;
        action();
        Logger.Flush();
        return Warnings.Count - before;
    }

    // Stays for good: Renode's logger does not stand being left without a backend.
    private static readonly WarningCounter Warnings = AddCounter();

    private static WarningCounter AddCounter()
    {
        var counter = new WarningCounter();
        Logger.AddBackend(counter, "counter", true);
        return counter;
    }

    private sealed class WarningCounter : LoggerBackend
    {
        public override void Log(LogEntry entry)
        {
            if(entry.Type == LogLevel.Warning)
            {
                Count++;
            }
        }

        public int Count { get; private set; }
    }

    protected sealed class BrokenEndpoint : IPciEndpoint, IPciFunction
    {
        public void PluggedInto(PcieEcamHost? host)
        {
        }

        public void AfterAccess()
        {
        }

        public void Fail(Exception exception) => Failures++;

        public void Reset()
        {
        }

        public ulong ReadConfig(int offset, int width) => throw new InvalidOperationException("broken");

        public void WriteConfig(int offset, int width, ulong value) => throw new InvalidOperationException("broken");

        public ulong ReadBar(Bar bar, ulong offset, int width) => throw new InvalidOperationException("broken");

        public void WriteBar(Bar bar, ulong offset, int width, ulong value) => throw new InvalidOperationException("broken");

        public void PlugInto(PciBus? bus)
        {
        }

        public int Failures { get; private set; }

        public IPciFunction Function => this;

        public ConfigSpace Config { get; } = new();

        public bool InterruptAsserted => false;
    }
}
