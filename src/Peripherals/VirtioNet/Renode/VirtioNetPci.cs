#nullable enable
// The PCI card: a virtio-net function in a slot of PcieEcamHost.

using System;

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.PCI;
using Antmicro.Renode.UserInterface;

using ELFSharp.ELF;

using VirtioNet.Pci;
using VirtioNet.Transport.Core;
using VirtioNet.Transport.Pci;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>A virtio-net PCI card.</summary>
    public sealed class VirtioNetPci : VirtioNetCard, IPciEndpoint, IMessageSink
    {
        /// <summary>
        /// Makes a card. <paramref name="mac"/> is a unicast address such as "02:00:00:00:00:01", by default a
        /// unique one; <paramref name="mtu"/> is 68..65535 bytes; <paramref name="queueSize"/> is the most
        /// descriptors that a queue may have, 1..32768, and <paramref name="rxQueueSize"/> and
        /// <paramref name="txQueueSize"/> set it apart for one; <paramref name="vectors"/> is the
        /// count of MSI-X vectors, 0 to 2048, of which 0 leaves the card with INTx alone;
        /// <paramref name="mode"/> is "transitional" (virtio 1.x and 0.9.5), "modern" or "legacy";
        /// <paramref name="features"/> changes what is offered, such as "+RING_PACKED -EVENT_IDX".
        /// Throws <see cref="ConstructionException"/> for other values.
        /// </summary>
        public VirtioNetPci(IMachine machine, string? mac = null, int mtu = 1500, int queueSize = 256, int vectors = 4, string mode = "transitional", int rxQueueSize = 0, int txQueueSize = 0, string features = "")
            : base(machine, mac, mtu, queueSize, rxQueueSize, txQueueSize, features)
        {
            this.machine = machine;
            var options = new PciOptions
            {
                Mode = ParseMode(mode),
                Vectors = vectors,
                GuestIsBigEndian = machine.SystemBus.Endianess == Endianess.BigEndian,
            };
            try
            {
                function = new VirtioPciFunction(Device, Memory, this, Reports, options, this);
            }
            catch(ArgumentException e)
            {
                throw new ConstructionException(e.Message);
            }
        }

        /// <inheritdoc/>
        public override void Reset()
        {
            Run(function.Reset);
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void PluggedInto(PcieEcamHost? host)
        {
            this.host = host;
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void SendMessage(ulong address, uint data)
        {
            messages.Add((address, data));
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public override void AfterAccess()
        {
            if(messages.TryStart())
            {
                while(messages.TryTake(out var message))
                {
                    WriteMessage(message.Address, message.Data);
                }
            }
            base.AfterAccess();
        }

        /// <inheritdoc/>
        public IPciFunction Function => function;

        /// <inheritdoc/>
        protected override VirtioTransport Transport => function.Transport;

        /// <inheritdoc/>
        protected override object Sync => host?.Sync ?? messages;

        /// <inheritdoc/>
        protected override bool IsConnected => host != null;

        // A message is a write on the bus like any other, and reaches whatever the platform has at its address:
        // a doorbell, or RAM. Only our own windows are out of bounds, or a guest could aim a message at the
        // doorbell that makes the next one (H-58, H-111).
        private void WriteMessage(ulong address, uint data)
        {
            if(machine.SystemBus.WhatPeripheralIsAt(address) is PcieEcamHost)
            {
                Reports.Misuse(CardRules.MessageToPci, address, data);
                return;
            }
            try
            {
                machine.SystemBus.WriteDoubleWord(address, data);
            }
            catch(Exception e)
            {
                // H-113: the guest chooses the address, and what is there may not stand the write.
                Reports.Misuse(CardRules.MessageNotTaken, address, data);
                this.Log(LogLevel.Debug, "Message not taken: {0}", e);
            }
        }

        private static PciMode ParseMode(string mode)
        {
            return Enum.TryParse<PciMode>(mode, true, out var parsed) && Enum.IsDefined(typeof(PciMode), parsed)
                ? parsed
                : throw new ConstructionException($"mode is \"{mode}\"; it must be \"transitional\", \"modern\" or \"legacy\"");
        }

        private PcieEcamHost? host;

        private readonly IMachine machine;
        private readonly VirtioPciFunction function;
        private readonly Outbox<(ulong Address, uint Data)> messages = new Outbox<(ulong, uint)>();
    }
}
