// renode-virtio-net, MIT licence: see LICENSE.
// A machine on the lab's network: PCI bus, card, and a driver that is woken by the card's interrupt.

using VirtioNet.Driver;
using VirtioNet.Lab.Ipv4;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Lab;

/// <summary>One node. Its driver touches the device by registers, doorbells and rings only.</summary>
public sealed class Node
{
    /// <summary>Makes the machine and brings its card up.</summary>
    public Node(string name, MacAddress mac, Ipv4Address address, int largestFrame, Wiring wiring)
    {
        Name = name;
        Mac = mac;
        Address = address;
        // The driver model takes one buffer a frame to send, so buffers follow the largest frame.
        var buffer = Math.Max(UsualBuffer, (largestFrame + NetLayout.HeaderSize + 63) & ~63);
        var mtu = Math.Max(UsualMtu, largestFrame - Ethernet.HeaderSize);
        var ram = new GuestRam(RingRoom + 2 * wiring.QueueSize * buffer);
        Machine = new PciMachine(ram, mac.ToArray(), mtu);
        driver = new NetDriver(Machine, buffer);
        driver.Start(wiring.Wanted, wiring.QueueSize);
    }

    /// <summary>Sends a frame. False if the transmit queue is full.</summary>
    public bool TrySend(ReadOnlySpan<byte> frame)
    {
        return driver.TrySend(frame);
    }

    /// <summary>
    /// Serves the interrupt, if the card asserts it: reads the ISR status, which acknowledges, then takes
    /// frames until there is none, as a poll loop does. False if there was no interrupt.
    /// </summary>
    public bool ServeInterrupt()
    {
        if(!Array.Exists(Machine.Lines, level => level))
        {
            return false;
        }
        driver.Pci.ReadIsr();
        while(driver.TryReceive(out var frame))
        {
            Received?.Invoke(frame);
        }
        return true;
    }

    public string Name { get; }

    public MacAddress Mac { get; }

    public Ipv4Address Address { get; }

    public PciMachine Machine { get; }

    /// <summary>What was negotiated.</summary>
    public FeatureSet Features => driver.Pci.Features;

    /// <summary>Size of the queues, in descriptors.</summary>
    public int QueueSize => driver.Receive.Size;

    /// <summary>Doorbells rung since the start.</summary>
    public long Notifications => driver.Pci.Notifications;

    /// <summary>What takes the frames.</summary>
    public Action<byte[]>? Received { get; set; }

    private readonly NetDriver driver;

    private const int UsualBuffer = 2048;
    private const int UsualMtu = 1500;
    private const int RingRoom = 1 << 16;
}
