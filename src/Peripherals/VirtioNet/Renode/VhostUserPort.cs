// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A port of Renode's network for a virtual machine outside: QEMU, or whatever else is a front end of vhost-user, drives
// the same device and rings as a card, through shared memory. "emulation CreateVhostUserPort" in the monitor makes one.
//
// The virtual machine lives in real time and Renode in virtual time. A frame from it enters the network at the next
// synchronisation of the emulation, whenever that happens to be, so runs with such a port do not repeat exactly.

using System;
using System.IO;
using System.Runtime.InteropServices;

using Antmicro.Migrant;
using Antmicro.Migrant.Hooks;
using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Network;
using Antmicro.Renode.UserInterface;
using Antmicro.Renode.Utilities;

using VirtioNet.Net;
using VirtioNet.Outside.VhostUser;
using VirtioNet.Wire;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Monitor command that makes a port.</summary>
    public static class VhostUserPortExtensions
    {
        /// <summary>
        /// Makes a port that listens at a unix socket, to be connected to a switch. The MTU is 68..65535 bytes, the queue
        /// size 1..32768 descriptors, queue pairs 1..128; features are those of a card, such as "+RING_PACKED".
        /// </summary>
        public static void CreateVhostUserPort(this Emulation emulation, string name, string path, long mtu = 1500, long queueSize = 1024, long queuePairs = 1, string features = "")
        {
            // The monitor can pass null for each text.
            var options = new NetOptions
            {
                // Only for Renode: the guest has the address that the virtual machine's owner has chosen.
                Mac = emulation.MACRepository.GenerateUniqueMAC().ToString(),
                Mtu = mtu,
                QueueSize = queueSize,
                QueuePairs = queuePairs,
                Features = features ?? "",
            };
            var faults = new Faults();
            faults.Check(!string.IsNullOrWhiteSpace(name), $"name is \"{name}\"; it must be a word, by which the port is known in the monitor");
            faults.Check(path?.Length is > 0 and <= MaxPath, $"path is \"{path}\"; it must be the path of a socket, of 1 to {MaxPath} bytes");
            faults.Check(options.Check);
            faults.ThrowIfAny();
            var port = new VhostUserPort(path!, options);
            try
            {
                emulation.ExternalsManager.AddExternal(port, name);
            }
            catch(RecoverableException)
            {
                port.Dispose();
                throw;
            }
            if(emulation.IsStarted)
            {
                port.Start();
            }
        }

        // sun_path of struct sockaddr_un has room for so many, and a zero: unix(7).
        private const int MaxPath = 107;
    }

    /// <summary>
    /// The port. While the emulation is paused its link is down: frames are dropped and counted, the front end stays
    /// connected. A snapshot keeps the port and not the connection: once the emulation is started it listens again.
    /// </summary>
    public sealed class VhostUserPort : IExternal, IMACInterface, IHasOwnLife, IDisposable, INetworkSender
    {
        /// <summary>
        /// Makes the port, of options that are checked, and listens. Throws <see cref="RecoverableException"/> if it cannot
        /// listen.
        /// </summary>
        public VhostUserPort(string path, NetOptions options)
        {
            if(!RuntimeInformation.IsOSPlatform(OSPlatform.Linux))
            {
                throw new RecoverableException("A vhost-user port shares memory with another process in ways that only Linux has; use a TAP interface here");
            }
            this.path = path;
            this.options = options;
            reports = new ReportLog(this);
            exit = new NetworkExit(this, reports);
            MakeBackend();
            Listen();
        }

        /// <inheritdoc/>
        public void ReceiveFrame(EthernetFrame frame)
        {
            if(NetworkEntrance.TryTake(frame, this, reports, out var bytes))
            {
                ((INetworkSender)this).Receive(new Packet(bytes));
            }
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void Start()
        {
            Resume();
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void Pause()
        {
            IsPaused = true;
            SetLink();
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void Resume()
        {
            Listen();
            IsPaused = false;
            SetLink();
        }

        /// <summary>Disconnects, ends the port's thread and removes the socket.</summary>
        [HideInMonitor]
        public void Dispose()
        {
            backend!.Dispose();
            exit.Clear();
        }

        /// <summary>What the port has counted, as a table: Tx is what the virtual machine sends.</summary>
        public string[,] GetCounters()
        {
            return CounterTable.Make(backend!.Counters);
        }

        /// <summary>Sets all counters to 0.</summary>
        public void ResetCounters()
        {
            backend!.ResetCounters();
        }

        /// <summary>True while the emulation does not run.</summary>
        public bool IsPaused { get; private set; } = true;

        /// <summary>The link. While it is false, frames are dropped in both directions; the guest does not see it.</summary>
        public bool LinkUp
        {
            get => linkUp;
            set
            {
                linkUp = value;
                SetLink();
            }
        }

        /// <summary>True while a front end is connected.</summary>
        public bool IsConnected => backend!.IsConnected;

        /// <summary>True while the guest's driver runs the queues.</summary>
        public bool IsRunning => backend!.IsRunning;

        /// <summary>The features that the driver has accepted, in hexadecimal.</summary>
        public string DriverFeatures => backend!.Features.ToString();

        /// <summary>Frames that the virtual machine has sent to the network.</summary>
        public ulong TxFrames => backend!.Counters.TxFrames;

        /// <summary>Frames that were put into the virtual machine's buffers.</summary>
        public ulong RxFrames => backend!.Counters.RxFrames;

        /// <summary>
        /// Names the port in Renode; the guest has an address of its own. Setting it throws <see cref="RecoverableException"/>.
        /// </summary>
        public string MAC
        {
            get => options.Mac;
            set => throw new RecoverableException("The address of the card is the virtual machine's to choose: with QEMU, -device virtio-net-pci,mac=...");
        }

        /// <inheritdoc/>
        MACAddress IMACInterface.MAC
        {
            get => MACAddress.Parse(options.Mac);
            set => MAC = value.ToString();
        }

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

        /// <summary>The addresses that the virtual machine has sent from.</summary>
        internal SenderAddresses Senders => senders!;

        void INetworkSender.Emit(EthernetFrame frame)
        {
            if(senders!.Add(frame.SourceMAC))
            {
                EqualAddresses.LookSoon();
            }
            receivers?.Invoke(frame);
        }

        void INetworkSender.CountRefused()
        {
            backend!.Counters.CountRefused();
        }

        void INetworkSender.Receive(Packet packet)
        {
            try
            {
                backend!.Receive(packet);
            }
            catch(Exception e)
            {
                // A defect of the plugin. It is reported here, and does not reach the sender of the packet (H-113).
                reports.Misuse(CardRules.PortFailed, (uint)packet.Length, 0, e.GetType().Name);
                this.Log(LogLevel.Debug, "Frame not taken: {0}", e);
            }
        }

        PortOffloads INetworkSender.Offloads => backend!.Offloads;

        bool INetworkSender.HasListeners => receivers != null;

        NetworkExit INetworkSender.Exit => exit;

        [PostDeserialization]
        private void MakeBackend()
        {
            senders = new SenderAddresses();
            listening = false;
            backend = new VhostUserBackend(new VhostUserOptions(path), sink => new NetDevice(options, sink), exit, reports);
            backend.Changed += Report;
            SetLink();
        }

        // After a snapshot was loaded this is called when the emulation is started, and not before: by then the port of the emulation
        // that was replaced has released the path.
        private void Listen()
        {
            if(listening)
            {
                return;
            }
            try
            {
                backend!.Start();
                listening = true;
            }
            catch(IOException e)
            {
                throw new RecoverableException(e.Message);
            }
        }

        private void SetLink()
        {
            backend!.LinkUp = linkUp && !IsPaused;
        }

        private void Report()
        {
            if(IsRunning)
            {
                this.Log(LogLevel.Info, "The driver runs the port with features {0}", DriverFeatures);
            }
            else
            {
                this.Log(LogLevel.Info, IsConnected ? "A front end is connected, and its driver does not run" : "No front end is connected");
            }
        }

        private bool linkUp = true;
        private Action<EthernetFrame>? receivers;

        // Descriptors, mappings and a thread are never saved.
        [Transient]
        private VhostUserBackend? backend;
        [Transient]
        private SenderAddresses? senders;
        [Transient]
        private bool listening;

        private readonly string path;
        private readonly NetOptions options;
        private readonly ReportLog reports;
        private readonly NetworkExit exit;
    }
}
