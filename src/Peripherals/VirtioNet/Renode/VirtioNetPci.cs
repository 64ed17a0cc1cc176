// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The PCI card: a virtio-net function in a slot of PcieEcamHost. virtio v1.4-cs01: 4.1.

using System;
using System.Buffers.Binary;

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.Memory;
using Antmicro.Renode.Peripherals.PCI;
using Antmicro.Renode.UserInterface;

using VirtioNet.Memory;
using VirtioNet.Net;
using VirtioNet.Pci;
using VirtioNet.Spec;
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
        /// <paramref name="txQueueSize"/> replace it for one kind of queue, unless they are 0; <paramref name="queuePairs"/> is
        /// 1..32 pairs of queues; <paramref name="vectors"/> is the count of MSI-X vectors, 0 to 2048, of which 0 leaves the card
        /// with INTx alone, by default one for each queue and one for changes of the configuration;
        /// <paramref name="mode"/> is "transitional" (virtio 1.x and 0.9.5), "modern" or "legacy";
        /// <paramref name="speed"/>, in Mbit/s, and <paramref name="duplex"/>, "full", "half" or "unknown", are what a driver is told;
        /// <paramref name="features"/> changes what is offered, such as "+RING_PACKED -EVENT_IDX".
        /// Throws <see cref="ConstructionException"/> for other values.
        /// </summary>
        public VirtioNetPci(IMachine machine, string? mac = null, long mtu = 1500, long queueSize = 256, long vectors = VectorForEach, string mode = "transitional", long rxQueueSize = 0, long txQueueSize = 0, string features = "", long queuePairs = 1, long speed = NetLayout.UnknownSpeed, string duplex = "unknown")
            : this(machine, OptionsOf(mac, mtu, queueSize, rxQueueSize, txQueueSize, features, queuePairs, speed, duplex), new PciOptions { Vectors = vectors }, mode)
        {
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void SendMessage(ulong address, uint data)
        {
            Guard.After(sendMessage, address, data);
        }

        /// <inheritdoc/>
        [HideInMonitor]
        public void AfterWrite()
        {
            NoteStatus();
        }

        /// <inheritdoc/>
        PcieEcamHost? IPciEndpoint.Host { get; set; }

        /// <inheritdoc/>
        public IPciFunction Function => function;

        /// <inheritdoc/>
        protected override void ResetTransport()
        {
            function.Reset();
        }

        /// <inheritdoc/>
        protected override VirtioTransport Transport => function.Transport;

        // A message is a write of four bytes, the lowest first, to whatever the platform has at its address: a doorbell, or RAM.
        // Registers of a virtio card or a PCI host are excepted: a message there could be a notification that makes the card send
        // the next message, and so on without end (H-58, H-111).
        private void WriteMessage(ulong address, uint data)
        {
            var target = machine.SystemBus.WhatIsAt(address)?.Peripheral;
            if(target is PcieEcamHost || target is VirtioNetMmio)
            {
                Reports.Misuse(CardRules.MessageToCard, address, data);
                return;
            }
            if(target is MappedMemory)
            {
                Run((Guest.Memory, Address: address, Data: data), static x =>
                {
                    Span<byte> bytes = stackalloc byte[sizeof(uint)];
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes, x.Data);
                    x.Memory.TryWrite(x.Address, bytes);
                    return 0;
                });
                return;
            }
            try
            {
                machine.SystemBus.WriteDoubleWord(address, (uint)Guest.ToLittleEndian(data, sizeof(uint)));
            }
            catch(Exception e)
            {
                // The guest chooses the address, and the peripheral there may throw because of the write (H-113).
                Reports.Misuse(CardRules.MessageNotTaken, address, data);
                this.Log(LogLevel.Debug, "Message not taken: {0}", e);
            }
        }

        private VirtioNetPci(IMachine machine, NetOptions netOptions, PciOptions pciOptions, string mode) : base(machine, Check(netOptions, pciOptions, mode))
        {
            this.machine = machine;
            sendMessage = WriteMessage;
            pciOptions.GuestIsBigEndian = Guest.IsBigEndian;
            function = new VirtioPciFunction(Device, Guest.Memory, this, Reports, pciOptions, this);
        }

        // Checks all options at once. Also stores the mode that it has read, and the default count of vectors.
        private static NetOptions Check(NetOptions netOptions, PciOptions pciOptions, string mode)
        {
            var faults = new Faults();
            faults.Check(netOptions.Check);
            if(pciOptions.Vectors == VectorForEach)
            {
                // Receive and transmit queues of all pairs, the control queue, and the configuration.
                pciOptions.Vectors = 2 * Math.Clamp(netOptions.QueuePairs, 1, NetOptions.MaxPairsOfCard) + 2;
            }
            faults.Check(pciOptions.Check);
            faults.Check(PciOptions.TryReadMode(mode, out var read, out var fault), fault);
            faults.ThrowIfAny();
            pciOptions.Mode = read;
            return netOptions;
        }

        private readonly IMachine machine;
        private readonly VirtioPciFunction function;
        private readonly Action<ulong, uint> sendMessage;

        // Stands for vectors if the user gives none: a count that no user would write.
        private const long VectorForEach = long.MinValue;
    }
}
