#nullable enable
// What a driver may write to the queue fields, and when. virtio v1.4-cs01: 4.1.4.3 (queue_*, config_msix_vector),
// 4.1.5.1.3 "Virtqueue Configuration"; hazards section 4.

using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Transport.Core
{
    /// <summary>Checked writes to the selected queue, the same for every register layout.</summary>
    public static class QueueRegisters
    {
        /// <summary>
        /// queue_size: up to the maximum, a power of two unless the queue is packed, while it is disabled (H-40, H-45).
        /// </summary>
        public static void WriteSize(VirtioTransport transport, ushort value)
        {
            if(TryConfigure(transport, value, out var queue))
            {
                var state = transport.State;
                if(value > transport.Device.MaxQueueSize(state.QueueSelect) || !Virtqueue.IsSizeAllowed(value, state.DriverFeatures))
                {
                    transport.Reports.Misuse(DriverRules.QueueSize, state.QueueSelect, value);
                    return;
                }
                queue.Size = value;
            }
        }

        /// <summary>Low half of an area's address; 0 for a queue that does not exist.</summary>
        public static uint ReadLow(VirtioTransport transport, QueueArea area)
        {
            return unchecked((uint)(transport.Selected?[area] ?? 0));
        }

        /// <summary>High half of an area's address.</summary>
        public static uint ReadHigh(VirtioTransport transport, QueueArea area)
        {
            return (uint)((transport.Selected?[area] ?? 0) >> 32);
        }

        /// <summary>Low half of an area's address, while the queue is disabled.</summary>
        public static void WriteLow(VirtioTransport transport, QueueArea area, uint value)
        {
            if(TryConfigure(transport, value, out var queue))
            {
                queue[area] = (queue[area] & ~(ulong)uint.MaxValue) | value;
            }
        }

        /// <summary>High half of an area's address, while the queue is disabled.</summary>
        public static void WriteHigh(VirtioTransport transport, QueueArea area, uint value)
        {
            if(TryConfigure(transport, value, out var queue))
            {
                queue[area] = (queue[area] & uint.MaxValue) | ((ulong)value << 32);
            }
        }

        /// <summary>queue_enable: 1 checks the layout and starts the queue; anything else has no effect (H-46).</summary>
        public static void WriteEnable(VirtioTransport transport, ushort value)
        {
            var index = transport.State.QueueSelect;
            if(value != 1)
            {
                transport.Reports.Misuse(DriverRules.QueueEnableValue, index, value);
            }
            else if((transport.Status & DeviceStatus.FeaturesOk) == 0)
            {
                transport.Reports.Misuse(DriverRules.QueueEnableTooEarly, index, value);
            }
            else if(TryConfigure(transport, value, out _))
            {
                Enable(transport, index);
            }
        }

        /// <summary>
        /// Starts a queue where its fields say, at its first index or at the position given; parks the device if they
        /// are not sound.
        /// </summary>
        public static void Enable(VirtioTransport transport, int index, QueuePosition? position = null)
        {
            var queue = transport.State.Queues[index];
            queue.Queue = Virtqueue.Create(transport.Memory, index, queue.Layout, transport.State.DriverFeatures, transport.UsesBigEndian, position);
            transport.ParkIfFailed(queue.Queue);
        }

        /// <summary>Stops the selected queue; its fields can be set anew then. Only some transports let a driver do that.</summary>
        public static void Disable(VirtioTransport transport)
        {
            var index = transport.State.QueueSelect;
            if(transport.Selected == null)
            {
                transport.Reports.Misuse(DriverRules.QueueAbsent, index, 0);
                return;
            }
            transport.Selected.Queue = null;
            transport.State.Deferred[index] = false;
            transport.Device.QueueStopped(index);
        }

        /// <summary>
        /// queue_reset: 1 puts the queue into its state after a device reset (BASE-18 to BASE-20). It is done before
        /// the write ends, so the register never reads 1.
        /// </summary>
        public static void WriteReset(VirtioTransport transport, ushort value)
        {
            var index = transport.State.QueueSelect;
            if(value != 1 || transport.Selected?.Enabled != true || !transport.State.DriverFeatures.Has(Feature.RingReset))
            {
                // H-48.
                transport.Reports.Misuse(DriverRules.QueueReset, index, value);
                return;
            }
            transport.State.ResetQueue(transport.Device, index);
            transport.Device.QueueStopped(index);
        }

        /// <summary>queue_msix_vector: may change at any time (H-45).</summary>
        public static void WriteVector(VirtioTransport transport, ushort value)
        {
            if(transport.Selected != null)
            {
                transport.Selected.Vector = Mapped(transport, value);
            }
        }

        /// <summary>config_msix_vector.</summary>
        public static void WriteConfigVector(VirtioTransport transport, ushort value)
        {
            transport.State.ConfigVector = Mapped(transport, value);
        }

        /// <summary>True if the selected queue may be configured now; else the write has no effect (H-45, H-47).</summary>
        public static bool TryConfigure(VirtioTransport transport, ulong value, out QueueState queue)
        {
            queue = transport.Selected!;
            if(queue != null && !queue.Enabled)
            {
                return true;
            }
            transport.Reports.Misuse(queue == null ? DriverRules.QueueAbsent : DriverRules.QueueFrozen, transport.State.QueueSelect, value);
            return false;
        }

        // PCI-74: a vector that does not exist is refused, and reads back NO_VECTOR.
        private static ushort Mapped(VirtioTransport transport, ushort vector)
        {
            if(vector < transport.Vectors || vector == PciLayout.MsiNoVector)
            {
                return vector;
            }
            transport.Reports.Misuse(DriverRules.VectorAbsent, vector, (uint)transport.Vectors);
            return PciLayout.MsiNoVector;
        }
    }
}
