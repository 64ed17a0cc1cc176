// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What all virtio-net cards have in common in Renode, on PCI or MMIO: they are network interfaces, have deferred work, and
// have commands for the monitor.

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
using VirtioNet.Net;
using VirtioNet.Transport.Core;
using VirtioNet.Wire;

using Spec = VirtioNet.Spec;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>A virtio-net card. Frames carry no check sequence inside it; towards the network one is added.</summary>
    public abstract partial class VirtioNetCard : IPeripheral, IMACInterface, IWorkScheduler, IDisposable, INetworkSender
    {
        /// <inheritdoc/>
        public void ReceiveFrame(EthernetFrame frame)
        {
            if(NetworkEntrance.TryTake(frame, this, reports, out var bytes))
            {
                ((INetworkSender)this).Receive(new Packet(bytes));
            }
        }

        /// <summary>A reset of the machine: the card is as after power-on.</summary>
        public void Reset()
        {
            Run(this, static card => card.PowerOn());
        }

        /// <summary>
        /// The card was taken off its machine, or the machine ends. It is reset and drops frames that wait, so it does nothing more
        /// until it is registered again and a driver starts it (H-120).
        /// </summary>
        [HideInMonitor]
        public void Dispose()
        {
            // When the machine ends, nobody is there any more to see a line fall.
            if(!machine.IsRegistered(this))
            {
                Run(this, static card =>
                {
                    card.Disconnect();
                    return 0;
                });
            }
            Reset();
            exit.Clear();
            GC.SuppressFinalize(this);
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void Schedule()
        {
            if(!isWorkScheduled)
            {
                isWorkScheduled = true;
                Guard.After(ScheduleWork);
            }
        }

        /// <inheritdoc/>
        void IWorkScheduler.WakeAt(ulong time)
        {
            alarm.Time = time;
            Guard.After(alarm.Set);
        }

        /// <inheritdoc/>
        ulong IWorkScheduler.Time => alarm.Now;

        /// <summary>Something in the card has thrown: logs it and parks the card (H-113). Called with the guard's lock held.</summary>
        [HideInMonitor]
        public void Fail(Exception exception)
        {
            reports.Log(LogLevel.Error, $"Defect in the virtio-net card, please report it: {exception}");
            Transport.Park($"{exception.GetType().Name} in the card");
        }

        /// <summary>What the card has counted, as a table.</summary>
        public string[,] GetCounters()
        {
            return CounterTable.Make(Device.Counters);
        }

        /// <summary>What the driver has set by commands of the control queue, as a table: which frames it wants, its offloads, its pairs of queues.</summary>
        public string[,] GetFilters()
        {
            var table = new string[0, 0];
            Run(() => table = FilterTable.Make(Device));
            return table;
        }

        /// <summary>Sets all counters to 0.</summary>
        public void ResetCounters()
        {
            Run(Device.ResetCounters);
        }

        /// <summary>
        /// The MAC address that the driver reads, six bytes in hexadecimal. A running driver is told that its configuration has
        /// changed. Throws <see cref="RecoverableException"/> if the value is no unicast address.
        /// </summary>
        public string MAC
        {
            get => ((IMACInterface)this).MAC.ToString();
            set
            {
                if(!NetOptions.TryReadMac(nameof(MAC), value ?? "", out var address, out var fault))
                {
                    // For a value in a platform description Renode's own message has only the property's name, so the reason is logged. The
                    // card is not registered yet in that case.
                    if(!machine.IsRegistered(this))
                    {
                        this.Log(LogLevel.Error, "{0}", fault);
                    }
                    throw new RecoverableException(fault);
                }
                ((IMACInterface)this).MAC = MACAddress.FromBytes(address.ToArray());
            }
        }

        /// <inheritdoc/>
        MACAddress IMACInterface.MAC
        {
            get
            {
                var bytes = Array.Empty<byte>();
                Run(() => bytes = Device.Mac.ToArray());
                return MACAddress.FromBytes(bytes);
            }
            set
            {
                Run(() => Device.SetMac(value.Bytes));
                EqualAddresses.LookSoon();
            }
        }

        /// <summary>The link. While it is false, frames are dropped in both directions and the driver sees no carrier.</summary>
        public bool LinkUp
        {
            get => Device.LinkUp;
            set
            {
                var rises = false;
                Run(() =>
                {
                    rises = value && !Device.LinkUp;
                    Device.LinkUp = value;
                });
                if(rises)
                {
                    AnnounceSoon();
                }
            }
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
        public event Action<EthernetFrame>? FrameReady
        {
            add
            {
                receivers += value;
                EqualAddresses.LookSoon();
            }
            remove => receivers -= value;
        }

        void INetworkSender.Emit(EthernetFrame frame)
        {
            receivers?.Invoke(frame);
        }

        void INetworkSender.CountRefused()
        {
            Device.Counters.CountRefused();
        }

        void INetworkSender.Receive(Packet packet)
        {
            Run((Card: this, Packet: packet), static x =>
            {
                x.Card.Device.Receive(x.Packet);
                return 0;
            });
        }

        PortOffloads INetworkSender.Offloads => Device.Offloads;

        bool INetworkSender.HasListeners => receivers != null;

        NetworkExit INetworkSender.Exit => exit;

        /// <summary>Makes the device of a card, of options that are checked.</summary>
        protected VirtioNetCard(IMachine machine, NetOptions options)
        {
            this.machine = machine;
            Guest = GuestMachine.Of(machine);
            reports = new ReportLog(this, Guard);
            exit = new NetworkExit(this, reports);
            Device = new NetDevice(options, exit);
            alarm = new Alarm(machine, this, "notification", Wake);
        }

        /// <summary>The options that all cards have, as the user has written them. Without a MAC address the card gets a unique one.</summary>
        protected static NetOptions OptionsOf(string? mac, long mtu, long queueSize, long rxQueueSize, long txQueueSize, string? features, long queuePairs, long speed, string? duplex)
        {
            return new NetOptions
            {
                Mac = mac ?? EmulationManager.Instance.CurrentEmulation.MACRepository.GenerateUniqueMAC().ToString(),
                Mtu = mtu,
                QueueSize = queueSize,
                RxQueueSize = rxQueueSize,
                TxQueueSize = txQueueSize,
                // In a .repl the user can write "features: empty", which is null.
                Features = features ?? "",
                QueuePairs = queuePairs,
                Speed = speed,
                Duplex = duplex ?? "",
            };
        }

        /// <summary>
        /// Makes an access to the card, through the guard. What it needs is in <paramref name="access"/>, so <paramref name="perform"/> can be a
        /// static function, and no access makes a closure. A card that fails returns 0.
        /// </summary>
        private protected ulong Run<TAccess>(TAccess access, Func<TAccess, ulong> perform)
        {
            return Guard.Run((Card: this, Access: access, Perform: perform),
                static x =>
                {
                    var result = x.Perform(x.Access);
                    x.Card.NoteStatus();
                    return result;
                },
                static (x, e) =>
                {
                    x.Card.Fail(e);
                    return 0;
                });
        }

        /// <summary>Logs how far the driver is, if that has changed. Called with the guard's lock held, at the end of an access.</summary>
        private protected void NoteStatus()
        {
            var status = Transport.Status;
            if(status == loggedStatus)
            {
                return;
            }
            var started = status & ~loggedStatus & Spec.DeviceStatus.DriverOk;
            loggedStatus = status;
            reports.Log(LogLevel.Debug, $"device_status: {status}");
            if(started != 0)
            {
                reports.Log(LogLevel.Info, $"The driver runs the card with features {DriverFeatures}");
            }
        }

        /// <summary>Resets the transport and, with it, the device. Called with the guard's lock held.</summary>
        protected abstract void ResetTransport();

        /// <summary>The card was taken off its bus, and its outputs are disconnected already. Called with the guard's lock held.</summary>
        protected virtual void Disconnect()
        {
        }

        /// <summary>The transport between the device and its driver.</summary>
        protected abstract VirtioTransport Transport { get; }

        /// <summary>The device.</summary>
        protected NetDevice Device { get; }

        /// <summary>The machine that the card is part of.</summary>
        private protected GuestMachine Guest { get; }

        /// <summary>Logs what the guest got wrong.</summary>
        protected IReports Reports => reports;

        /// <summary>Every access to the card goes through it.</summary>
        private protected MachineGuard Guard => Guest.Guard;

        private ulong PowerOn()
        {
            ResetTransport();
            isWorkScheduled = false;
            return 0;
        }

        // The rest of a long batch goes on 1 microsecond of virtual time later, after the guest has had its turn (H-55).
        private void ScheduleWork()
        {
            machine.ScheduleAction(TimeInterval.FromMicroseconds(1), RunDeferred, "virtio-net deferred work");
        }

        private void RunDeferred(TimeInterval now)
        {
            Run(this, static card =>
            {
                card.isWorkScheduled = false;
                card.Transport.RunDeferred();
                return 0;
            });
        }

        private void Wake()
        {
            Run(this, static card =>
            {
                card.Transport.Wake();
                return 0;
            });
        }

        // Runs a command of the monitor.
        private void Run(Action command)
        {
            Run(command, static x =>
            {
                x();
                return 0;
            });
        }

        // Renode has RunDeferred on its schedule. Once is enough, however often the device asks.
        private bool isWorkScheduled;
        private Action<EthernetFrame>? receivers;
        // The status that was logged last, to find out what is new.
        private Spec.DeviceStatus loggedStatus;

        private readonly IMachine machine;
        private readonly ReportLog reports;
        private readonly NetworkExit exit;
        private readonly Alarm alarm;
    }
}
