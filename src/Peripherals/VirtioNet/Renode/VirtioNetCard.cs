#nullable enable
// What every virtio-net card is to Renode, whatever bus it sits on: a network interface, a device with work to
// do later, and commands for the monitor.

using System;

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Network;
using Antmicro.Renode.Peripherals.PCI;
using Antmicro.Renode.Time;
using Antmicro.Renode.UserInterface;
using Antmicro.Renode.Utilities;

using VirtioNet.Reports;
using VirtioNet.Memory;
using VirtioNet.Net;
using VirtioNet.Transport.Core;

using Spec = VirtioNet.Spec;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>A virtio-net card. Frames carry no check sequence inside it; towards the network one is added.</summary>
    public abstract class VirtioNetCard : IPeripheral, IMACInterface, IFrameSink, IWorkScheduler
    {
        /// <inheritdoc/>
        public void ReceiveFrame(EthernetFrame frame)
        {
            if(!IsConnected)
            {
                return;
            }
            // Without the check sequence, whether the frame came with one or not (H-123).
            var bytes = frame.UnderlyingPacket.Bytes;
            lock(Sync)
            {
                try
                {
                    Device.Receive(bytes);
                }
                catch(Exception e)
                {
                    Fail(e);
                }
            }
            AfterAccess();
        }

        /// <inheritdoc/>
        public abstract void Reset();

        /// <inheritdoc/>
        [HideInMonitor]
        public void Send(ReadOnlySpan<byte> frame)
        {
            frames.Add(frame.ToArray());
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void Schedule()
        {
            workRequested = true;
        }

        /// <summary>
        /// Does what an access has left to do, with no lock held: the place to call the rest of Renode.
        /// </summary>
        [HideInMonitor]
        public virtual void AfterAccess()
        {
            LogStatus();
            if(!holdsFrames && frames.TryStart())
            {
                while(frames.TryTake(out var frame))
                {
                    SendFrame(frame);
                }
            }
            if(workRequested)
            {
                workRequested = false;
                // H-55: the rest of a long batch goes on after the guest has had its turn.
                machine.ScheduleAction(TimeInterval.FromMicroseconds(1), _ => RunDeferred(), "virtio-net deferred work");
            }
        }

        /// <summary>H-113: something in the card has thrown. It says so and parks.</summary>
        [HideInMonitor]
        public void Fail(Exception exception)
        {
            this.Log(LogLevel.Error, "Defect in the virtio-net card, please report it: {0}", exception);
            Transport.Park($"{exception.GetType().Name} in the card");
        }

        /// <summary>What the card has counted, as a table.</summary>
        public string[,] GetCounters()
        {
            return CounterTable.Make(Device.Counters);
        }

        /// <summary>The MAC address that the driver reads. Changing it tells a running driver that its configuration changed.</summary>
        public MACAddress MAC
        {
            get => MACAddress.FromBytes(Device.Mac.ToArray());
            set
            {
                if(!IsUnicast(value))
                {
                    throw new RecoverableException($"{value} cannot be a card's own address: {MacRemedy}");
                }
                Run(() => Device.SetMac(value.Bytes));
            }
        }

        /// <summary>The link: set to false, frames are dropped in both directions and the driver sees no carrier.</summary>
        public bool LinkUp
        {
            get => Device.LinkUp;
            set => Run(() => Device.LinkUp = value);
        }

        /// <summary>device_status as the driver has set it, by the spec's names.</summary>
        public string DeviceStatus => Transport.Status.ToString();

        /// <summary>The features that the driver has accepted, in hexadecimal.</summary>
        public string DriverFeatures => Transport.DriverFeatures.ToString();

        /// <summary>Frames that the card has sent to the network.</summary>
        public ulong TxFrames => Device.Counters.TxFrames;

        /// <summary>Frames that the card has put into the driver's buffers.</summary>
        public ulong RxFrames => Device.Counters.RxFrames;

        /// <inheritdoc/>
        public event Action<EthernetFrame>? FrameReady;

        /// <summary>
        /// Makes the device of a card. Throws <see cref="ConstructionException"/> for what its constructors refuse.
        /// </summary>
        protected VirtioNetCard(IMachine machine, string? mac, int mtu, int queueSize, int rxQueueSize, int txQueueSize, string features)
        {
            this.machine = machine;
            var address = mac == null ? EmulationManager.Instance.CurrentEmulation.MACRepository.GenerateUniqueMAC() : ParseMac(mac);
            Reports = new ReportLog(this);
            Memory = new SystemBusMemory(machine);
            try
            {
                Device = new NetDevice(address.Bytes, mtu, queueSize, this, rxQueueSize, txQueueSize, features);
            }
            catch(ArgumentException e)
            {
                throw new ConstructionException(e.Message);
            }
        }

        /// <summary>Runs something on the device as an access would: locked, guarded, frames sent after.</summary>
        protected void Run(Action action)
        {
            lock(Sync)
            {
                try
                {
                    action();
                }
                catch(Exception e)
                {
                    Fail(e);
                }
            }
            AfterAccess();
        }

        /// <summary>The transport in front of the device.</summary>
        protected abstract VirtioTransport Transport { get; }

        /// <summary>The lock that every access to the device holds. Never held while frames leave.</summary>
        protected abstract object Sync { get; }

        /// <summary>False while the card is on no bus: it hears nothing then.</summary>
        protected virtual bool IsConnected => true;

        /// <summary>The device.</summary>
        protected NetDevice Device { get; }

        /// <summary>The machine's RAM.</summary>
        protected IGuestMemory Memory { get; }

        /// <summary>Where the guest's mistakes are told.</summary>
        protected IReports Reports { get; }

        // Deferred work runs on whichever of Renode's threads moves the time, and not all of them stamp a frame with the
        // same time: one that a CPU sends right after could overtake it. So what it sends, and what comes after that,
        // leaves together in the next synced state.
        private void RunDeferred()
        {
            if(!IsConnected)
            {
                return;
            }
            holdsFrames = true;
            Run(Transport.RunDeferred);
            lock(Sync)
            {
                holdsFrames = !frames.IsEmpty;
            }
            if(holdsFrames)
            {
                machine.LocalTimeSource.ExecuteInNearestSyncedState(_ => ReleaseFrames());
            }
        }

        private void ReleaseFrames()
        {
            holdsFrames = false;
            AfterAccess();
        }

        // Info: attach and negotiate; Debug: each step of it.
        private void LogStatus()
        {
            var status = Transport.Status;
            if(status == loggedStatus)
            {
                return;
            }
            var started = status & ~loggedStatus & Spec.DeviceStatus.DriverOk;
            loggedStatus = status;
            this.Log(LogLevel.Debug, "device_status: {0}", status);
            if(started != 0)
            {
                this.Log(LogLevel.Info, "The driver runs the card with features {0}", DriverFeatures);
            }
        }

        private void SendFrame(byte[] bytes)
        {
            if(!NetworkExit.TrySend(this, bytes, FrameReady))
            {
                Device.Counters.TxDropRefused++;
                Reports.Misuse(CardRules.FrameRefused, (uint)bytes.Length, 0);
            }
        }

        private static MACAddress ParseMac(string mac)
        {
            MACAddress address;
            try
            {
                address = MACAddress.Parse(mac);
            }
            catch(Exception)
            {
                throw new ConstructionException($"mac \"{mac}\" is not a MAC address: {MacRemedy}");
            }
            if(!IsUnicast(address))
            {
                throw new ConstructionException($"mac \"{mac}\" cannot be a card's own address: {MacRemedy}");
            }
            return address;
        }

        private static bool IsUnicast(MACAddress address)
        {
            return (address.A & 1) == 0 && address != MACAddress.Default;
        }

        private bool workRequested;
        // Frames wait in the outbox for the next synced state.
        private volatile bool holdsFrames;
        private Spec.DeviceStatus loggedStatus;

        private readonly IMachine machine;
        private readonly Outbox<byte[]> frames = new Outbox<byte[]>();

        private const string MacRemedy = "write a unicast address as six bytes in hexadecimal, such as \"02:00:00:00:00:01\"";
    }
}
