// renode-virtio-net, MIT licence: see LICENSE.
// What tests do often with a network device.

using VirtioNet.Net;
using VirtioNet.Wire;

namespace VirtioNet.Driver;

/// <summary>A device with the usual options, and frames for it.</summary>
public static class NetDeviceExtensions
{
    /// <summary>Makes a device with the usual options and a queue size.</summary>
    public static NetDevice MakeDevice(this IPacketSink wire, int queueSize = 256)
    {
        return new NetDevice(new NetOptions { Mac = CardMachine.DefaultMacText, QueueSize = queueSize }, wire);
    }

    /// <summary>Lets a finished frame arrive from the network. The device keeps the array: do not change it afterwards.</summary>
    public static void Receive(this IPacketPort device, byte[] frame)
    {
        device.Receive(new Packet(frame));
    }
}
