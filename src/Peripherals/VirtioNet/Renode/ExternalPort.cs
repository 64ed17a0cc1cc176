// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What ports for other processes have in common in Renode: they are network interfaces without a machine, that are connected like cards.
//
// The other process lives in real time and Renode in virtual time. A frame from it enters the network at the next synchronisation of
// the emulation, whenever that happens to be, so runs with such a port do not repeat exactly.

using System;
using System.IO;
using System.Linq;
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

using VirtioNet.Outside;
using VirtioNet.Reports;
using VirtioNet.Wire;
using VirtioNet.Wire.Links;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>
    /// A port. While the emulation is paused its link is down: frames are dropped and counted, the other process stays
    /// connected. A snapshot keeps the port and not the connection: once the emulation is started it serves again.
    /// </summary>
    public abstract class ExternalPort : IExternal, IMACInterface, IHasOwnLife, IDisposable, INetworkSender
    {
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
            // After a snapshot was loaded, the port begins to serve here, and not before: by then the port of the emulation that was
            // replaced has let go of what both need.
            Serve();
            IsPaused = false;
            SetLink();
            WarnIfTimeRunsAhead();
        }

        /// <summary>Ends the connection and the port's thread, and leaves nothing behind.</summary>
        [HideInMonitor]
        public void Dispose()
        {
            port!.Dispose();
            exit.Clear();
            GC.SuppressFinalize(this);
        }

        /// <summary>How the port is, as a table: the other process, the link, and how fast virtual time goes.</summary>
        public string[,] GetStatus()
        {
            var link = linkUp ? IsPaused ? "down while the emulation is paused" : "up" : "down";
            return new Table().AddRow("Status", "Value").AddRow("Partner", Partner).AddRow("Link", link).AddRow("Rate", Rate)
                .AddRow("Pace", Departures.Of(EmulationManager.Instance.CurrentEmulation).Pace.ToString()).ToArray();
        }

        /// <summary>What the port has counted, as a table.</summary>
        public abstract string[,] GetCounters();

        /// <summary>Sets all counters to 0.</summary>
        public void ResetCounters()
        {
            port!.ResetCounters();
        }

        /// <summary>True while the emulation does not run.</summary>
        public bool IsPaused { get; private set; } = true;

        /// <summary>The link. While it is false, frames are dropped in both directions; the other process does not see it.</summary>
        public bool LinkUp
        {
            get => linkUp;
            set
            {
                linkUp = value;
                SetLink();
            }
        }

        /// <summary>
        /// How fast frames of the other process enter the network, in virtual time and tc's words, such as "100mbit"; "0": no limit. What comes
        /// faster is held back. Throws <see cref="RecoverableException"/> if it is no rate.
        /// </summary>
        public string Rate
        {
            get => entry.BitsPerSecond == 0 ? "0" : LinkUnits.Rate(entry.BitsPerSecond);
            set
            {
                if(!LinkUnits.TryRate(value ?? "", out var rate))
                {
                    throw new RecoverableException($"Rate is \"{value}\"; it must be a rate as tc writes it, such as \"100mbit\", or \"0\" for no limit");
                }
                entry.BitsPerSecond = rate;
            }
        }

        /// <summary>
        /// Names the port in Renode; the other process has an address of its own. Setting it throws <see cref="RecoverableException"/>.
        /// </summary>
        public string MAC
        {
            get => mac.ToString();
            set => throw new RecoverableException(AddressRule);
        }

        /// <inheritdoc/>
        MACAddress IMACInterface.MAC
        {
            get => mac;
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

        /// <summary>
        /// Makes a new port known under a name, connects it to a network if there is one, and starts it if the emulation runs. Throws
        /// <see cref="RecoverableException"/>, and leaves nothing behind, if that cannot be.
        /// </summary>
        internal static void Add(Emulation emulation, string name, IConnectable<IMACInterface>? network, ExternalPort port)
        {
            try
            {
                emulation.ExternalsManager.AddExternal(port, name);
            }
            catch(RecoverableException)
            {
                port.Dispose();
                throw;
            }
            if(network != null)
            {
                emulation.Connector.Connect(port, network);
            }
            if(emulation.IsStarted)
            {
                port.Start();
            }
        }

        /// <summary>Checks the name of a port that is to be made.</summary>
        internal static void CheckName(Faults faults, string? name)
        {
            faults.Check(!string.IsNullOrWhiteSpace(name), $"name is \"{name}\"; it must be a word, by which the port is known in the monitor");
        }

        /// <summary>The addresses that the other process has sent from.</summary>
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
            port!.CountRefused();
        }

        void INetworkSender.Receive(Packet packet)
        {
            try
            {
                port!.Receive(packet);
            }
            catch(Exception e)
            {
                // A defect of the plugin. It is reported here, and does not reach the sender of the packet (H-113).
                reports.Misuse(CardRules.PortFailed, (uint)packet.Length, 0, e.GetType().Name);
                this.Log(LogLevel.Debug, "Frame not taken: {0}", e);
            }
        }

        PortOffloads INetworkSender.Offloads => port!.Offloads;

        bool INetworkSender.HasListeners => receivers != null;

        NetworkExit INetworkSender.Exit => exit;

        /// <summary>Takes the address by which Renode knows the port, since the other process has one of its own, and the rate at first.</summary>
        private protected ExternalPort(MACAddress mac, ulong rate = UsualRate)
        {
            if(!RuntimeInformation.IsOSPlatform(OSPlatform.Linux))
            {
                throw new RecoverableException("A port for another process works in ways that only Linux has; use a TAP interface of Renode's here: emulation CreateTap");
            }
            this.mac = mac;
            reports = new ReportLog(this);
            exit = new NetworkExit(this, reports);
            entry = new EntryRate(exit, rate);
        }

        /// <summary>
        /// Makes the core's port and begins to serve; the last line of a constructor. Throws <see cref="RecoverableException"/> if that
        /// cannot be.
        /// </summary>
        private protected void Begin()
        {
            MakePort();
            Serve();
        }

        /// <summary>Makes the core's port.</summary>
        private protected abstract IOutsidePort Make(IPacketSink network, IReports reports);

        /// <summary>The core's port.</summary>
        private protected IOutsidePort Port => port!;

        /// <summary>Who is on the other side, and whether it is there, in a few words.</summary>
        private protected abstract string Partner { get; }

        /// <summary>What a user is told who wants to set the address.</summary>
        private protected virtual string AddressRule => "The address is the partner's to choose, so set it there";

        [PostDeserialization]
        private void MakePort()
        {
            senders = new SenderAddresses();
            isServing = false;
            port = Make(entry, reports);
            port.Changed += () => this.Log(LogLevel.Info, "{0}", Partner);
            SetLink();
        }

        private void Serve()
        {
            if(isServing)
            {
                return;
            }
            try
            {
                port!.Start();
                isServing = true;
            }
            catch(IOException e)
            {
                throw new RecoverableException(e.Message);
            }
        }

        private void SetLink()
        {
            port!.LinkUp = linkUp && !IsPaused;
        }

        // The CPUs of a machine wait for real time unless the machine is told not to.
        private void WarnIfTimeRunsAhead()
        {
            var hurries = EmulationManager.Instance.CurrentEmulation.Machines.Any(x => x.LocalTimeSource.AdvanceImmediately);
            if(hurries && !hasWarned)
            {
                hasWarned = true;
                this.Log(LogLevel.Warning, "Virtual time does not wait for real time, in which the partner lives, so guests give up on answers before they can come: emulation SetGlobalAdvanceImmediately false");
            }
        }

        private bool linkUp = true;
        private bool hasWarned;
        private Action<EthernetFrame>? receivers;

        // Descriptors, mappings and a thread are never saved.
        [Transient]
        private IOutsidePort? port;
        [Transient]
        private SenderAddresses? senders;
        [Transient]
        private bool isServing;

        private readonly MACAddress mac;
        private readonly ReportLog reports;
        private readonly NetworkExit exit;
        private readonly EntryRate entry;

        // 100 Mbit/s: about half of what a Linux guest at 100 MIPS can take.
        private const ulong UsualRate = 100_000_000;
    }
}
