// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A virtio device for vhost-user: a third kind of transport, beside PCI and MMIO, on top of VirtioTransport. The rings are in
// memory that the front end shares; notifications are eventfds. virtio v1.4-cs01: 2 "Basic Facilities of a Virtio Device";
// vhost-user: "Ring states".

using System.Linq;

using VirtioNet.Memory;
using VirtioNet.Net;
using VirtioNet.Outside.VhostUser.Protocol;
using VirtioNet.Queues;
using VirtioNet.Reports;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Outside.VhostUser
{
    /// <summary>
    /// The device and its rings; it stays when one front end goes and the next one comes. Messages fill the <see cref="Vring"/>s in
    /// any order, and a ring runs as soon as everything that it needs is known.
    /// </summary>
    internal sealed class VhostUserDevice : ITransportFace
    {
        /// <summary>Makes a vhost-user transport for a device. Does not offer the features that are excluded.</summary>
        public VhostUserDevice(NetDevice device, IWorkScheduler scheduler, IReports reports, FeatureSet excluded)
        {
            this.scheduler = scheduler;
            Net = device;
            Rings = new VringSet(device.QueueCount);
            Transport = new VirtioTransport(device, Memory, this, scheduler, new ParkReports(reports, TellParked), new TransportOptions { Excluded = excluded });
            // vhost-user has no bus mastering that a driver could switch off.
            Transport.SetBusMaster(true);
            ApplyEnable();
        }

        /// <summary>Starts the rings that have become ready. Returns the rule that is broken if one cannot start, or null.</summary>
        public ProtocolError? StartReady()
        {
            for(var i = 0; i < Rings.Count; i++)
            {
                if(Rings[i].IsReady && !Transport.IsEnabled(i))
                {
                    var error = Start(i);
                    if(error != null)
                    {
                        return error;
                    }
                }
            }
            return null;
        }

        /// <summary>
        /// The memory has changed: rings that run go on at their position. Returns the rule that is broken if one cannot, or
        /// null.
        /// </summary>
        public ProtocolError? Relocate()
        {
            for(var i = 0; i < Rings.Count; i++)
            {
                var error = Relocate(i);
                if(error != null)
                {
                    return error;
                }
            }
            return null;
        }

        /// <summary>The addresses of a ring have changed: if it runs, it goes on at its position.</summary>
        public ProtocolError? Relocate(int index)
        {
            var queue = Transport.EnabledQueue(index);
            if(queue == null || queue.Error != null)
            {
                return null;
            }
            var error = TryLayOut(index, out var layout);
            // A queue looks up its areas by their guest addresses at each use, so if these are the same it can go on as it is.
            if(error == null && !IsSame(layout, Transport.LayoutOf(index)))
            {
                Transport.StartQueue(index, layout, queue.Position);
            }
            return error;
        }

        /// <summary>
        /// Stops a ring, and returns its position as GET_VRING_BASE tells it. When the last ring stops, the device is reset, because
        /// without VHOST_USER_PROTOCOL_F_STATUS a front end has no other message for that.
        /// </summary>
        public uint Stop(int index)
        {
            var ring = Rings[index];
            var queue = Transport.EnabledQueue(index);
            if(queue != null)
            {
                ring.Base = Vring.WriteBase(queue.Position, IsPacked);
                Transport.StopQueue(index);
            }
            ring.Stop();
            if(!IsAnyStarted)
            {
                Transport.Reset();
            }
            return ring.Base ?? Vring.FirstBase(IsPacked);
        }

        /// <summary>A reset of the device: no ring runs, and each one starts from its beginning again.</summary>
        public void Reset()
        {
            Transport.Reset();
            for(var i = 0; i < Rings.Count; i++)
            {
                Rings[i].Stop();
                Rings[i].Base = null;
            }
        }

        /// <summary>Forgets the front end: its memory, its rings, its descriptors.</summary>
        public void Forget()
        {
            Transport.Reset();
            Rings.Forget();
            Memory.Clear();
            Features = new FeatureSet();
            ApplyEnable();
        }

        /// <summary>
        /// Rings have been enabled or disabled. No frames come to one that runs and is disabled, and what it sends is discarded.
        /// </summary>
        public void ApplyEnable()
        {
            for(var i = 0; i < Rings.Count; i++)
            {
                Net.SetOpen(i, Rings[i].IsEnabled || !Transport.IsEnabled(i));
            }
        }

        /// <summary>The driver has kicked a ring, or it is time to look.</summary>
        public void Notify(int index)
        {
            Rings[index].Kick?.Drain();
            if(IsRunning(index))
            {
                Transport.Notify(index);
            }
        }

        /// <summary>Goes on with the work that a ring has deferred.</summary>
        public void RunDeferred(int index)
        {
            Transport.RunDeferred(index);
        }

        /// <summary>True if the ring is in use; not so if it was found broken.</summary>
        public bool IsRunning(int index)
        {
            return Transport.TryGetQueue(index, out _);
        }

        /// <summary>True if any ring is in use, or was until it was found broken.</summary>
        public bool IsAnyStarted => Enumerable.Range(0, Rings.Count).Any(Transport.IsEnabled);

        /// <inheritdoc/>
        public void QueueUsed(int queue)
        {
            Rings[queue].Call?.Signal();
        }

        /// <summary>Nothing to do: this back end has no message that would tell the front end.</summary>
        public void ConfigChanged()
        {
        }

        /// <summary>Nothing to do: a signalled eventfd stays as it is, and only messages change the rings.</summary>
        public void DeviceReset()
        {
        }

        /// <summary>Nothing to do: no message resets a single ring.</summary>
        public void QueueReset(int queue)
        {
        }

        /// <summary>The network device.</summary>
        public NetDevice Net { get; }

        /// <summary>The transport's state.</summary>
        public VirtioTransport Transport { get; }

        /// <summary>What the front end shares.</summary>
        public SharedMemory Memory { get; } = new SharedMemory();

        /// <summary>What the front end has told of the rings.</summary>
        public VringSet Rings { get; }

        /// <summary>The features of SET_FEATURES that the transport negotiates.</summary>
        public FeatureSet Features { get; set; }

        private ProtocolError? Start(int index)
        {
            if((Transport.Status & DeviceStatus.DriverOk) == 0)
            {
                StartDevice();
            }
            var start = Rings[index].Base;
            var error = TryLayOut(index, out var layout);
            if(error == null)
            {
                Transport.StartQueue(index, layout, start == null ? (QueuePosition?)null : ReadBase(index, start.Value));
                // The driver may have kicked before the front end told of the ring, or may have kicked a back end that is gone now.
                Notify(index);
            }
            return error;
        }

        private void StartDevice()
        {
            if(!Features.Has(Feature.Version1))
            {
                Transport.WriteLegacyFeatures(Features.Word(0));
                Transport.WriteLegacyStatus(DeviceStatus.Driver | DeviceStatus.DriverOk);
                return;
            }
            Transport.WriteStatus(DeviceStatus.Driver);
            for(var word = 0U; word < FeatureSet.Words; word++)
            {
                Transport.WriteDriverFeatures(word, Features.Word(word));
            }
            Transport.WriteStatus(DeviceStatus.Driver | DeviceStatus.FeaturesOk);
            Transport.WriteStatus(DeviceStatus.Driver | DeviceStatus.FeaturesOk | DeviceStatus.DriverOk);
        }

        // A front end names the areas of a ring by its own addresses; a queue needs the guest's.
        private ProtocolError? TryLayOut(int index, out QueueLayout layout)
        {
            var ring = Rings[index];
            var addr = ring.Addr!.Value;
            layout = default;
            if(!Virtqueue.IsSizeAllowed(ring.Num, Features))
            {
                return new ProtocolError(FrontEndRules.SplitRingSize, (uint)index, ring.Num);
            }
            if(!Memory.TryTranslate(addr.Descriptor, out var descriptor))
            {
                return new ProtocolError(FrontEndRules.RingAddress, (uint)index, addr.Descriptor);
            }
            if(!Memory.TryTranslate(addr.Available, out var available))
            {
                return new ProtocolError(FrontEndRules.RingAddress, (uint)index, addr.Available);
            }
            if(!Memory.TryTranslate(addr.Used, out var used))
            {
                return new ProtocolError(FrontEndRules.RingAddress, (uint)index, addr.Used);
            }
            layout = new QueueLayout(ring.Num, descriptor, available, used);
            return null;
        }

        private static bool IsSame(QueueLayout first, QueueLayout second)
        {
            return first.Size == second.Size && first.DescriptorArea == second.DescriptorArea
                && first.DriverArea == second.DriverArea && first.DeviceArea == second.DeviceArea;
        }

        private QueuePosition ReadBase(int index, uint value)
        {
            ushort usedIndex = 0;
            if(!IsPacked && Memory.TryTranslate(Rings[index].Addr!.Value.Used, out var used))
            {
                Memory.TryReadUInt16(used + RingLayout.RingIdx, out usedIndex);
            }
            return Vring.ReadBase(value, IsPacked, usedIndex);
        }

        // Tells the front end which rings were found broken. Wakes the back end's thread, so that it does not wait for their kicks any
        // more: another thread, which brings a frame from the wire, may have found them.
        private void TellParked()
        {
            for(var i = 0; i < Rings.Count; i++)
            {
                if(Transport.EnabledQueue(i)?.Error != null)
                {
                    Rings[i].Err?.Signal();
                }
            }
            scheduler.Schedule();
        }

        private bool IsPacked => Features.Has(Feature.RingPacked);

        private readonly IWorkScheduler scheduler;
    }
}
