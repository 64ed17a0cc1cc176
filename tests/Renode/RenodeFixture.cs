// renode-virtio-net, MIT licence: see LICENSE.
// What the tests in Renode's assemblies share.

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Network;
using Antmicro.Renode.Peripherals;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.CPU;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Peripherals.PCI;
using Antmicro.Renode.Time;
using Antmicro.Renode.Tools.Network;
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

    /// <summary>
    /// Lets the emulation run for one quantum: what was sent before leaves at the end of it, and arrives.
    /// </summary>
    protected static void Go()
    {
        EmulationManager.Instance.CurrentEmulation.RunFor(Quantum);
    }

    /// <summary>Does something on a thread whose virtual time is the given number of microseconds, as it is on a CPU's thread.</summary>
    protected static void At(ulong microseconds, Action what)
    {
        var domain = EmulationManager.Instance.CurrentEmulation.MasterTimeSource.Domain;
        OnAnotherThread(() =>
        {
            using(TimeDomainsManager.Instance.RegisterCurrentThread(() => new TimeStamp(TimeInterval.FromMicroseconds(microseconds), domain)))
            {
                what();
            }
        });
    }

    /// <summary>Does something on another thread and waits for it; false if it does not come to an end.</summary>
    protected static bool OnAnotherThread(Action what)
    {
        // Not a task: waiting for one may run it on the thread that waits, which then has that thread's locks.
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                what();
            }
            catch(Exception e)
            {
                failure = e;
            }
        }) { IsBackground = true };
        thread.Start();
        var ended = thread.Join(Patience);
        Assert.That(failure, Is.Null);
        return ended;
    }

    /// <summary>How long something may take that must not hang.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Puts cards on a new switch.</summary>
    protected static Switch Connect(params IMACInterface[] cards)
    {
        var network = new Switch();
        EmulationManager.Instance.CurrentEmulation.ExternalsManager.AddExternal(network, "switch");
        foreach(var card in cards)
        {
            network.AttachTo(card);
        }
        return network;
    }

    protected static RiscV32 AddCpu(BusPlatform machine, string name)
    {
        var cpu = new RiscV32(machine.Machine, "rv32imac");
        machine.Machine.SystemBus.Register(cpu, new CPURegistrationPoint());
        machine.Machine.SetLocalName(cpu, name);
        return cpu;
    }

    protected static readonly TimeInterval Quantum = TimeInterval.FromMicroseconds(100);

    protected static EthernetFrame Wrap(byte[] bytes)
    {
        Assert.That(EthernetFrame.TryCreateEthernetFrame(bytes, addCrc: true, out var frame), Is.True);
        return frame;
    }

    protected static string Counter(RenodeMachine machine, string name) => Counter(machine.Card, name);

    protected static string Counter(VirtioNetCard card, string name)
    {
        var table = card.GetCounters();
        var row = Enumerable.Range(0, table.GetLength(0)).Single(x => table[x, 0] == name);
        return table[row, 1];
    }

    /// <summary>The emulation's one machine, as a snapshot of it brings it back.</summary>
    protected static IMachine SaveAndLoad()
    {
        Reload();
        return EmulationManager.Instance.CurrentEmulation.Machines.Single();
    }

    /// <summary>Makes a snapshot of the emulation and loads it; in between something may happen.</summary>
    protected static void Reload(Action? between = null)
    {
        var path = Path.GetTempFileName();
        try
        {
            EmulationManager.Instance.Save(path);
            EmulationManager.Instance.Clear();
            between?.Invoke();
            EmulationManager.Instance.Load(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    protected static int CountWarnings(Action action) => CountLines(LogLevel.Warning, action);

    protected static int CountLines(LogLevel level, Action action) => LinesOf(level, action).Count;

    /// <summary>The lines that are logged at a level during the action, without the names of their sources.</summary>
    protected static List<string> LinesOf(LogLevel level, Action action)
    {
        return LogLines.During(action, level).Select(x => x[(x.IndexOf(": ", StringComparison.Ordinal) + 2)..]).ToList();
    }

    /// <summary>Inputs of an interrupt controller.</summary>
    protected sealed class InterruptInputs : IDoubleWordPeripheral, IKnownSize, IGPIOReceiver
    {
        public uint ReadDoubleWord(long offset) => 0;

        public void WriteDoubleWord(long offset, uint value)
        {
        }

        public void Reset()
        {
        }

        public void OnGPIO(int number, bool value) => Level[number] = value;

        public bool[] Level { get; } = new bool[4];

        public long Size => 0x100;
    }

    protected sealed class BrokenEndpoint : IPciEndpoint, IPciFunction
    {
        public void AfterWrite() => Writes++;

        public void Fail(Exception exception) => Failures++;

        public void Reset() => Resetting?.Invoke();

        public ulong ReadConfig(int offset, int width) => IsBroken ? throw new InvalidOperationException("broken") : 0UL;

        public void WriteConfig(int offset, int width, ulong value)
        {
            if(IsBroken)
            {
                throw new InvalidOperationException("broken");
            }
        }

        public ulong ReadBar(Bar bar, ulong offset, int width) => throw new InvalidOperationException("broken");

        public void WriteBar(Bar bar, ulong offset, int width, ulong value) => throw new InvalidOperationException("broken");

        public void PlugInto(PciBus? bus)
        {
        }

        public bool IsBroken { get; init; } = true;

        public int Failures { get; private set; }

        public int Writes { get; private set; }

        public Action? Resetting { get; init; }

        public PcieEcamHost? Host { get; set; }

        public IPciFunction Function => this;

        public ConfigSpace Config { get; } = new();

        public bool InterruptAsserted => false;
    }
}
