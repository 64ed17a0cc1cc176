// renode-virtio-net, MIT licence: see LICENSE.
// The card as a legacy driver has brought it up, at any point of its life.

using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

/// <summary>Points in the life of a device under a legacy driver, in the order of 3.1.2.</summary>
public enum LegacyStage
{
    Probed,
    Acknowledged,
    DriverKnown,
    FeaturesWritten,
    OneQueueSet,
    QueuesSet,
    UsedBeforeDriverOk,
    ParkedBeforeDriverOk,
    Running,
    MsixEnabled,
    InterruptPending,
    FramesWaiting,
    WorkDeferred,
    MasterOff,
    Parked,
    Failed,
}

/// <summary>A machine whose legacy driver has come as far as a stage.</summary>
public sealed class LegacyCard
{
    public LegacyCard(LegacyStage stage, PciMachine? machine = null, FeatureSet? wanted = null)
    {
        Machine = machine ?? new PciMachine(queueSize: QueueSize, vectors: Vectors);
        Driver = new LegacyPciDriver(Machine);
        Net = new NetDriver(Driver);
        if(stage >= LegacyStage.Running)
        {
            Net.Start(wanted);
            (Receive, Transmit) = (Net.Receive, Net.Transmit);
            GoOn(stage);
        }
        else
        {
            Driver.Probe();
            SetUp(stage, (wanted ?? NetDriver.AllFeatures) & Driver.ReadOffered());
        }
    }

    /// <summary>Allocates a queue and tells the device its page number.</summary>
    public void SetUpQueue(int index)
    {
        var ring = Driver.SetupQueue(index);
        (Receive, Transmit) = index == NetLayout.ReceiveQueue ? (ring, Transmit) : (Receive, ring);
    }

    /// <summary>Puts an empty header and a frame into the transmit queue, as one descriptor and without a kick.</summary>
    public void OfferFrame(byte mark)
    {
        var buffer = Machine.Ram.Allocate(HeaderSize + 60);
        CardAtStage.Frame(mark).CopyTo(Machine.Ram.At(buffer + (uint)HeaderSize, 60));
        Transmit.Add(new Piece(buffer, (uint)HeaderSize + 60, false));
    }

    /// <summary>Makes a receive buffer available, without a kick.</summary>
    public ulong OfferBuffer(int length = 100)
    {
        var buffer = Machine.Ram.Allocate(length);
        Receive.Add(new Piece(buffer, (uint)length, true));
        return buffer;
    }

    /// <summary>Enables or disables MSI-X, and tells the driver at which offset the device configuration lies then.</summary>
    public void EnableMsix(bool on)
    {
        new MsixDriver(Driver.Pci).Control = on ? MsixDriver.Enable : 0;
        Driver.ConfigOffset = on ? LegacyPciDriver.ConfigMsix : LegacyPciDriver.Config;
    }

    /// <summary>Switches bus mastering.</summary>
    public void Master(bool on)
    {
        Machine.WriteConfig(PciSpec.Command, 2, PciSpec.CommandIo | PciSpec.CommandMemory | (on ? (uint)PciSpec.CommandBusMaster : 0));
    }

    /// <summary>Marks of all frames that have been received.</summary>
    public List<int> ReceiveAll()
    {
        var marks = new List<int>();
        while(Net.TryReceive(out var frame))
        {
            marks.Add(frame[0]);
        }
        return marks;
    }

    public PciMachine Machine { get; }

    public LegacyPciDriver Driver { get; }

    public NetDriver Net { get; }

    /// <summary>receiveq1, once it is set up.</summary>
    public SplitRing Receive { get; private set; } = null!;

    /// <summary>transmitq1, once it is set up.</summary>
    public SplitRing Transmit { get; private set; } = null!;

    /// <summary>Bytes of struct virtio_net_hdr with the negotiated features: 12 with MRG_RXBUF, else 10.</summary>
    public int HeaderSize => Driver.Features.Has(Feature.MrgRxbuf) ? NetLayout.HeaderSize : NetLayout.LegacyHeaderSize;

    /// <summary>Size of both queues of the machines made here.</summary>
    public const int QueueSize = 8;
    /// <summary>MSI-X vectors of the machines made here.</summary>
    public const int Vectors = 4;

    private void SetUp(LegacyStage stage, FeatureSet wanted)
    {
        if(stage >= LegacyStage.Acknowledged)
        {
            Driver.Status = DeviceStatus.Acknowledge;
        }
        if(stage >= LegacyStage.DriverKnown)
        {
            Driver.Status |= DeviceStatus.Driver;
        }
        if(stage >= LegacyStage.FeaturesWritten)
        {
            Driver.Negotiate(wanted);
        }
        if(stage >= LegacyStage.OneQueueSet)
        {
            SetUpQueue(NetLayout.TransmitQueue);
        }
        if(stage >= LegacyStage.QueuesSet)
        {
            SetUpQueue(NetLayout.ReceiveQueue);
        }
        if(stage == LegacyStage.UsedBeforeDriverOk)
        {
            OfferFrame(1);
            Driver.Notify(NetLayout.TransmitQueue);
            OfferBuffer();
            Driver.Notify(NetLayout.ReceiveQueue);
            Machine.Device.Receive(CardAtStage.Frame(2));
            Machine.Device.Receive(CardAtStage.Frame(3));
        }
        if(stage == LegacyStage.ParkedBeforeDriverOk)
        {
            Break();
        }
    }

    private void GoOn(LegacyStage stage)
    {
        switch(stage)
        {
            case LegacyStage.MsixEnabled:
                EnableMsix(true);
                Driver.Write(LegacyPciDriver.ConfigVector, 2, 1);
                Driver.Write(LegacyPciDriver.QueueVector, 2, 2);
                break;
            case LegacyStage.InterruptPending:
                Machine.Device.LinkUp = false;
                Machine.Device.LinkUp = true;
                break;
            case LegacyStage.FramesWaiting:
                for(var i = 0; i < QueueSize + 3; i++)
                {
                    Machine.Device.Receive(CardAtStage.Frame((byte)i));
                }
                break;
            case LegacyStage.WorkDeferred:
                for(var i = 0; i < QueueSize; i++)
                {
                    OfferFrame((byte)i);
                }
                Driver.Notify(NetLayout.TransmitQueue);
                break;
            case LegacyStage.MasterOff:
                Master(false);
                break;
            case LegacyStage.Parked:
                Break();
                break;
            case LegacyStage.Failed:
                Driver.Status |= DeviceStatus.Failed;
                break;
        }
    }

    // Makes a descriptor index beyond the queue's size available and notifies: the device parks.
    private void Break()
    {
        Transmit.Offer(0xFFFF);
        Driver.Notify(NetLayout.TransmitQueue);
    }
}
