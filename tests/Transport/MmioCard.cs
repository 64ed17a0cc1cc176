// renode-virtio-net, MIT licence: see LICENSE.
// A card on virtio-mmio at any point of its life, brought there by its driver.

using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

/// <summary>A machine whose driver has come as far as a stage of <see cref="Stages"/>.</summary>
public sealed class MmioCard
{
    public MmioCard(Stage stage, int version = MmioLayout.ModernVersion, GuestRam? ram = null, bool bigEndian = false)
    {
        Machine = new MmioMachine(ram, mtu: 0x1234, queueSize: QueueSize, version: version, bigEndian: bigEndian);
        Net = new NetDriver(new MmioDriver(Machine));
        Driver.Probe();
        if(stage >= Stage.Running)
        {
            Net.Start();
            GoOn(stage);
            return;
        }
        if(stage >= Stage.Acknowledged)
        {
            Driver.Status = DeviceStatus.Acknowledge;
        }
        if(stage >= Stage.DriverKnown)
        {
            Driver.Status |= DeviceStatus.Driver;
        }
        if(stage >= Stage.FeaturesOk)
        {
            Driver.Negotiate(NetDriver.AllFeatures & Driver.ReadOffered());
        }
        if(stage >= Stage.QueueEnabled)
        {
            Driver.SetupQueue(NetLayout.ReceiveQueue);
            Driver.SetupQueue(NetLayout.TransmitQueue);
        }
    }

    /// <summary>The stages that there are without PCI.</summary>
    public static readonly Stage[] Stages =
    {
        Stage.Probed, Stage.Acknowledged, Stage.DriverKnown, Stage.FeaturesOk, Stage.QueueEnabled, Stage.Running,
        Stage.InterruptPending, Stage.FramesWaiting, Stage.WorkDeferred, Stage.Parked, Stage.Failed,
    };

    /// <summary>Puts a frame of 60 bytes into the transmit queue as one descriptor, without notifying.</summary>
    public void OfferFrame()
    {
        // Both versions have negotiated MRG_RXBUF, so both have the long header.
        const int length = NetLayout.HeaderSize + 60;
        Net.Transmit.Add(new Piece(Machine.Ram.Allocate(length), length, false));
    }

    /// <summary>Starts a new driver on a card that was reset; true if a frame then arrives each way.</summary>
    public static bool Works(MmioMachine machine)
    {
        var driver = new NetDriver(new MmioDriver(machine));
        driver.Start();
        var frame = CardAtStage.Frame(0x77);
        machine.Sent.Clear();
        machine.Device.Receive((byte[])frame.Clone());
        return driver.TrySend(frame) && machine.Sent.Single().SequenceEqual(frame)
            && driver.TryReceive(out var received) && received.SequenceEqual(frame);
    }

    public MmioMachine Machine { get; }

    public NetDriver Net { get; }

    public MmioDriver Driver => (MmioDriver)Net.Transport;

    /// <summary>Size of both queues.</summary>
    public const int QueueSize = 8;

    private void GoOn(Stage stage)
    {
        switch(stage)
        {
            case Stage.InterruptPending:
                Machine.Device.LinkUp = false;
                break;
            case Stage.FramesWaiting:
                for(var i = 0; i < QueueSize + 3; i++)
                {
                    Machine.Device.Receive(CardAtStage.Frame((byte)i));
                }
                break;
            case Stage.WorkDeferred:
                for(var i = 0; i < QueueSize; i++)
                {
                    OfferFrame();
                }
                Driver.Notify(NetLayout.TransmitQueue);
                break;
            case Stage.Parked:
                Net.Transmit.Offer(0xFFFF);
                Driver.Notify(NetLayout.TransmitQueue);
                break;
            case Stage.Failed:
                Driver.Status |= DeviceStatus.Failed;
                break;
        }
    }
}
