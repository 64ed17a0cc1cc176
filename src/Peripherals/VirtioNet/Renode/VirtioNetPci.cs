#nullable enable
// The card: a virtio-net function in a slot of PcieEcamHost on one side, a network interface for Renode's
// switch, TAP and captures on the other.

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

using VirtioNet.Net;
using VirtioNet.Pci;
using VirtioNet.Transport;

using Spec = VirtioNet.Spec;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>A virtio-net PCI card. Frames carry no check sequence inside the card; towards the network one is added.</summary>
    public sealed class VirtioNetPci : IMACInterface, IPciEndpoint, IFrameSink, IWorkScheduler, IMessageSink
    {
        /// <summary>
        /// Makes a card. <paramref name="mac"/> is a unicast address such as "02:00:00:00:00:01", by default a
        /// unique one; <paramref name="mtu"/> is 68..65535 bytes; <paramref name="queueSize"/> is the most
        /// descriptors that a queue may have, a power of two up to 32768; <paramref name="vectors"/> is the
        /// count of MSI-X vectors, 0 to 2048, of which 0 leaves the card with INTx alone.
        /// Throws <see cref="ConstructionException"/> for other values.
        /// </summary>
        public VirtioNetPci(IMachine machine, string? mac = null, int mtu = 1500, int queueSize = 256, int vectors = 4)
        {
            this.machine = machine;
            var address = mac == null ? EmulationManager.Instance.CurrentEmulation.MACRepository.GenerateUniqueMAC() : ParseMac(mac);
            var memory = new SystemBusMemory(machine);
            try
            {
                device = new NetDevice(address.Bytes, mtu, queueSize, this);
                errors = new GuestErrorLog(this);
                function = new VirtioPciFunction(device, memory, this, errors, vectors, this);
            }
            catch(ArgumentException e)
            {
                throw new ConstructionException(e.Message);
            }
        }

        /// <inheritdoc/>
        public void ReceiveFrame(EthernetFrame frame)
        {
            // Without the check sequence, whether the frame came with one or not (H-123).
            var bytes = frame.UnderlyingPacket.Bytes;
            var currentHost = host;
            if(currentHost == null)
            {
                return;
            }
            lock(currentHost.Sync)
            {
                try
                {
                    device.Receive(bytes);
                }
                catch(Exception e)
                {
                    Fail(e);
                }
            }
            AfterAccess();
        }

        /// <inheritdoc/>
        public void Reset()
        {
            RunOrNow(function.Reset);
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void PluggedInto(PcieEcamHost? host)
        {
            this.host = host;
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void Send(byte[] frame)
        {
            frames.Add(frame);
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void SendMessage(ulong address, uint data)
        {
            messages.Add((address, data));
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void Schedule()
        {
            workRequested = true;
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void AfterAccess()
        {
            LogStatus();
            if(messages.TryStart())
            {
                while(messages.TryTake(out var message))
                {
                    WriteMessage(message.Address, message.Data);
                }
            }
            if(frames.TryStart())
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
                machine.ScheduleAction(TimeInterval.FromMicroseconds(1), _ => host?.Run(this, function.Transport.RunDeferred), "virtio-net deferred work");
            }
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void Fail(Exception exception)
        {
            this.Log(LogLevel.Error, "Defect in the virtio-net card, please report it: {0}", exception);
            function.Transport.Park($"{exception.GetType().Name} in the card");
        }

        /// <summary>What the card has counted, as a table.</summary>
        public string[,] GetCounters()
        {
            var table = new Table().AddRow("Counter", "Value");
            foreach(var counter in typeof(NetCounters).GetProperties())
            {
                table.AddRow(counter.Name, counter.GetValue(device.Counters)!.ToString()!);
            }
            return table.ToArray();
        }

        /// <summary>The MAC address that the driver reads. Changing it tells a running driver that its configuration changed.</summary>
        public MACAddress MAC
        {
            get => MACAddress.FromBytes(device.Mac.ToArray());
            set
            {
                if(!IsUnicast(value))
                {
                    throw new RecoverableException($"{value} cannot be a card's own address: {MacRemedy}");
                }
                RunOrNow(() => device.SetMac(value.Bytes));
            }
        }

        /// <summary>The link: set to false, frames are dropped in both directions and the driver sees no carrier.</summary>
        public bool LinkUp
        {
            get => device.LinkUp;
            set => RunOrNow(() => device.LinkUp = value);
        }

        /// <summary>device_status as the driver has set it, by the spec's names.</summary>
        public string DeviceStatus => function.Transport.Status.ToString();

        /// <summary>The features that the driver has accepted, in hexadecimal.</summary>
        public string DriverFeatures => function.Transport.State.DriverFeatures.ToString();

        /// <summary>Frames that the card has sent to the network.</summary>
        public ulong TxFrames => device.Counters.TxFrames;

        /// <summary>Frames that the card has put into the driver's buffers.</summary>
        public ulong RxFrames => device.Counters.RxFrames;

        /// <inheritdoc/>
        public IPciFunction Function => function;

        /// <inheritdoc/>
        public event Action<EthernetFrame>? FrameReady;

        // Info: attach and negotiate; Debug: each step of it.
        private void LogStatus()
        {
            var status = function.Transport.Status;
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

        // A message is a write on the bus like any other, and reaches whatever the platform has at its address:
        // a doorbell, or RAM. Only our own windows are out of bounds, or a guest could aim a message at the
        // doorbell that makes the next one (H-58, H-111).
        private void WriteMessage(ulong address, uint data)
        {
            if(machine.SystemBus.WhatPeripheralIsAt(address) is PcieEcamHost)
            {
                errors.Misuse("an MSI-X message is aimed at the PCI bus itself", address, data);
                return;
            }
            try
            {
                machine.SystemBus.WriteDoubleWord(address, data);
            }
            catch(Exception e)
            {
                // H-113: the guest chooses the address, and what is there may not stand the write.
                errors.Misuse("an MSI-X message was not taken at its address; log level Debug says why", address, data);
                this.Log(LogLevel.Debug, "Message not taken: {0}", e);
            }
        }

        private void SendFrame(byte[] bytes)
        {
            try
            {
                if(Misc.TryCreateFrameOrLogWarning(this, bytes, out var frame, addCrc: true))
                {
                    FrameReady?.Invoke(frame);
                }
            }
            catch(Exception e)
            {
                // Renode's EthernetFrame parses every layer, and some parsers throw, such as that for UDP
                // port 9 (Wake-on-LAN) on short datagrams. No frame of a guest may end the emulation.
                device.Counters.TxDropRefused++;
                errors.Misuse("Renode's network has refused a frame of this length; log level Debug says why", (uint)bytes.Length, 0);
                this.Log(LogLevel.Debug, "Refused frame: {0}", e);
            }
        }

        private void RunOrNow(Action action)
        {
            if(host == null)
            {
                action();
            }
            else
            {
                host.Run(this, action);
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

        private PcieEcamHost? host;
        private bool workRequested;
        private Spec.DeviceStatus loggedStatus;

        private readonly IMachine machine;
        private readonly NetDevice device;
        private readonly VirtioPciFunction function;
        private readonly GuestErrorLog errors;
        private readonly Outbox<byte[]> frames = new Outbox<byte[]>();
        private readonly Outbox<(ulong Address, uint Data)> messages = new Outbox<(ulong, uint)>();

        private const string MacRemedy = "write a unicast address as six bytes in hexadecimal, such as \"02:00:00:00:00:01\"";
    }
}
