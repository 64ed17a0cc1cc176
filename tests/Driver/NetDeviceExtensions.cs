// renode-virtio-net, MIT licence: see LICENSE.
// Short ways to what tests do often with a network device.

using VirtioNet.Net;
using VirtioNet.Wire;

namespace VirtioNet.Driver;

/// <summary>A device with the usual options, and frames for it.</summary>
public static class NetDeviceExtensions
{
    /// <summary>Makes a device with the usual options but a queue size.</summary>
    public static NetDevice MakeDevice(this IPacketSink wire, int queueSize = 256)
    {
        return new NetDevice(new NetOptions { Mac = CardMachine.DefaultMacText, QueueSize = queueSize }, wire);
    }

    /// <summary>An ordinary frame arrives. The array is the device's from then on.</summary>
    public static void Receive(this IPacketPort device, byte[] frame)
    {
        device.Receive(new Packet(frame));
    }
}
