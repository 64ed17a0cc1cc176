// renode-virtio-net, MIT licence: see LICENSE.
// What the tests of a network of our own share.

using Antmicro.Renode;
using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Network;
using Antmicro.Renode.Peripherals;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Time;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Tests.Net;

namespace VirtioNet.Tests.Renode.Network;

public abstract class NetworkFixture : RenodeFixture
{
    protected static Emulation Emulation => EmulationManager.Instance.CurrentEmulation;

    protected static PacketNetwork MakeNetwork(string name = "net", long seed = 1)
    {
        Emulation.CreateNetwork(name, seed);
        return Find(name);
    }

    protected static PacketNetwork Find(string name)
    {
        Assert.That(Emulation.ExternalsManager.TryGetByName<PacketNetwork>(name, out var network), Is.True);
        return network;
    }

    /// <summary>Connects as the monitor does.</summary>
    protected static void Plug(PacketNetwork network, params IEmulationElement[] devices)
    {
        foreach(var device in devices)
        {
            Emulation.Connector.Connect(device, network);
        }
    }

    /// <summary>Two machines with started cards on a network: left, of address 1, and right, of address 2.</summary>
    protected static (PacketNetwork Network, NetDriver Left, NetDriver Right) StartTwo(FeatureSet? features = null)
    {
        var network = MakeNetwork();
        var drivers = new[] { "left", "right" }.Select((name, i) =>
        {
            var machine = new RenodeMachine(name, $"02:00:00:00:00:0{i + 1}");
            Plug(network, machine.Card);
            var driver = new NetDriver(machine);
            driver.Start(features);
            return driver;
        }).ToArray();
        return (network, drivers[0], drivers[1]);
    }

    /// <summary>All frames that have arrived.</summary>
    protected static List<byte[]> Received(NetDriver driver)
    {
        var frames = new List<byte[]>();
        while(driver.TryReceive(out var frame))
        {
            frames.Add(frame);
        }
        return frames;
    }

    /// <summary>Sends a TCP packet whose segmentation and checksum the driver leaves to others.</summary>
    protected static void SendLarge(NetDriver driver, OffloadPackets packets, byte[] packet, ushort segment)
    {
        var message = packets.Message(packet, NetLayout.GsoTcp4, segment);
        var memory = driver.Transport.Memory;
        var address = memory.Allocate(message.Length);
        memory.Write(address, message);
        driver.Transmit.Add(new Piece(address, (uint)message.Length, false));
        driver.Transport.Notify(NetLayout.TransmitQueue);
    }

    /// <summary>A frame as TestFrame makes it, with other addresses.</summary>
    protected static byte[] FrameTo(int to, int from, int number = 0, int length = 100)
    {
        var frame = TestFrame(length, number);
        frame[5] = (byte)to;
        frame[11] = (byte)from;
        return frame;
    }

    protected static int NumberOf(byte[] frame) => BitConverter.ToInt32(frame, 14);

    /// <summary>The rows of a table, without the headings, each as one text.</summary>
    protected static string[] Rows(string[,] table)
    {
        return Enumerable.Range(1, table.GetLength(0) - 1).Select(x => string.Join(" | ", Enumerable.Range(0, table.GetLength(1)).Select(y => table[x, y]))).ToArray();
    }

    protected static void GoFor(ulong microseconds)
    {
        Emulation.RunFor(TimeInterval.FromMicroseconds(microseconds));
    }

    /// <summary>Another model of a network card, a part of a machine: keeps what comes, and says when it came.</summary>
    protected sealed class OtherCard : IDoubleWordPeripheral, IKnownSize, IMACInterface
    {
        public OtherCard(BusPlatform machine)
        {
            machine.Machine.SystemBus.Register(this, new BusPointRegistration(0x0900_0000));
            machine.Machine.SetLocalName(this, "other");
        }

        public void ReceiveFrame(EthernetFrame frame)
        {
            Log.Add("frame");
            Frames.Add(frame);
        }

        public void Send(byte[] frame) => FrameReady?.Invoke(Wrap(frame));

        public uint ReadDoubleWord(long offset) => 0;

        public void WriteDoubleWord(long offset, uint value)
        {
        }

        public void Reset()
        {
        }

        public List<EthernetFrame> Frames { get; } = new();

        public List<string> Log { get; } = new();

        public long Size => 4;

        public MACAddress MAC { get; set; } = MACAddress.Parse("02:00:00:00:00:09");

        public event Action<EthernetFrame>? FrameReady;
    }
}
