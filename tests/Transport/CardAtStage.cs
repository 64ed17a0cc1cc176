// renode-virtio-net, MIT licence: see LICENSE.
// The card at any point of its life, brought there by a modern driver.

using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

/// <summary>Points in the life of a device: first its initialization in the order of virtio 3.1.1, then what can happen to it.</summary>
public enum Stage
{
    Probed,
    Acknowledged,
    DriverKnown,
    FeaturesWritten,
    FeaturesOk,
    QueueConfigured,
    QueueEnabled,
    Running,
    InterruptPending,
    FramesWaiting,
    WorkDeferred,
    MasterOff,
    Parked,
    ParkedBeforeDriverOk,
    Failed,
}

/// <summary>A machine whose driver has come as far as a stage.</summary>
public sealed class CardAtStage
{
    public CardAtStage(Stage stage, PciMachine? machine = null)
    {
        Machine = machine ?? new PciMachine(queueSize: QueueSize);
        Net = new NetDriver(Machine);
        if(stage >= Stage.Running && stage != Stage.ParkedBeforeDriverOk)
        {
            Net.Start();
            GoOn(stage);
        }
        else
        {
            Pci.Probe();
            SetUp(stage);
        }
    }

    /// <summary>A frame of 60 bytes whose first byte is the mark and whose others are 0.</summary>
    public static byte[] Frame(byte mark)
    {
        var frame = new byte[60];
        frame[0] = mark;
        return frame;
    }

    /// <summary>Puts a frame into the transmit queue as one descriptor, without notifying.</summary>
    public void OfferFrame(byte mark)
    {
        var buffer = Machine.Ram.Allocate(NetLayout.HeaderSize + 60);
        Frame(mark).CopyTo(Machine.Ram.At(buffer + NetLayout.HeaderSize, 60));
        Net.Transmit.Add(new Piece(buffer, NetLayout.HeaderSize + 60, false));
    }

    /// <summary>Makes a descriptor index beyond the transmit queue's size available and notifies: the device parks.</summary>
    public void BreakTransmitRing()
    {
        Net.Transmit.Offer(0xFFFF);
        Pci.Notify(NetLayout.TransmitQueue);
    }

    public PciMachine Machine { get; }

    public NetDriver Net { get; }

    public VirtioPciDriver Pci => Net.Pci;

    /// <summary>Size of both queues of the machines made here.</summary>
    public const int QueueSize = 8;

    private void SetUp(Stage stage)
    {
        var point = stage == Stage.ParkedBeforeDriverOk ? Stage.QueueConfigured : stage;
        if(point >= Stage.Acknowledged)
        {
            Pci.Status = DeviceStatus.Acknowledge;
        }
        if(point >= Stage.DriverKnown)
        {
            Pci.Status |= DeviceStatus.Driver;
        }
        if(point >= Stage.FeaturesOk)
        {
            Pci.Negotiate(NetDriver.AllFeatures);
        }
        else if(point == Stage.FeaturesWritten)
        {
            Pci.Common(CommonCfg.DriverFeatureSelect, 4, 1);
            Pci.Common(CommonCfg.DriverFeature, 4, 1);
        }
        if(point >= Stage.QueueEnabled)
        {
            Pci.SetupQueue(NetLayout.ReceiveQueue);
            Pci.SetupQueue(NetLayout.TransmitQueue);
        }
        else if(point == Stage.QueueConfigured)
        {
            Pci.Common(CommonCfg.QueueSelect, 2, NetLayout.TransmitQueue);
            Pci.Common(CommonCfg.QueueSize, 2, 4);
            Pci.WriteAddress(CommonCfg.QueueDesc, Machine.Ram.Base + 8);
            Pci.WriteAddress(CommonCfg.QueueDriver, Machine.Ram.Base + 0x100);
            Pci.WriteAddress(CommonCfg.QueueDevice, Machine.Ram.Base + 0x200);
        }
        if(stage == Stage.ParkedBeforeDriverOk)
        {
            // The descriptor table is not aligned to 16 bytes.
            Pci.Common(CommonCfg.QueueEnable, 2, 1);
        }
    }

    private void GoOn(Stage stage)
    {
        switch(stage)
        {
            case Stage.InterruptPending:
                Machine.Device.LinkUp = false;
                Machine.Device.LinkUp = true;
                break;
            case Stage.FramesWaiting:
                for(var i = 0; i < QueueSize + 3; i++)
                {
                    Machine.Device.Receive(Frame((byte)i));
                }
                break;
            case Stage.WorkDeferred:
                for(var i = 0; i < QueueSize; i++)
                {
                    OfferFrame((byte)i);
                }
                Pci.Notify(NetLayout.TransmitQueue);
                break;
            case Stage.MasterOff:
                Machine.WriteConfig(PciSpec.Command, 2, PciSpec.CommandMemory);
                break;
            case Stage.Parked:
                BreakTransmitRing();
                break;
            case Stage.Failed:
                Pci.Status |= DeviceStatus.Failed;
                break;
        }
    }
}
