#nullable enable
// A virtio device behind vhost-user: one more face of VirtioTransport, beside PCI and MMIO. The rings live in memory
// that the front end shares; notifications are event descriptors. virtio v1.4-cs01: 2 "Basic Facilities of a Virtio
// Device"; vhost-user: "Ring states".

using System;
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
    /// The device and its rings, from one front end to the next. Messages fill the <see cref="Vring"/>s in any order; a
    /// ring runs as soon as all is known that it needs.
    /// </summary>
    internal sealed class VhostUserDevice : ITransportFace, IReports
    {
        /// <summary>Puts a device behind vhost-user, without the features that are excluded.</summary>
        public VhostUserDevice(NetDevice device, IWorkScheduler scheduler, IReports reports, FeatureSet excluded)
        {
            this.reports = reports;
            this.scheduler = scheduler;
            Net = device;
            Transport = new VirtioTransport(device, Memory, this, scheduler, this, new TransportOptions { Excluded = excluded });
            // What the front end shares is all memory that there is.
            Transport.SetBusMaster(true);
            rings = new Vring[device.QueueCount];
            Forget();
        }

        /// <summary>A ring by its index, or null if there is none.</summary>
        public Vring? Ring(ulong index)
        {
            return index < (ulong)rings.Length ? rings[index] : null;
        }

        /// <summary>Starts the rings that have become ready. Returns the rule that keeps one from it.</summary>
        public ProtocolError? StartReady()
        {
            for(var i = 0; i < rings.Length; i++)
            {
                if(rings[i].IsReady && !Transport.IsEnabled(i))
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

        /// <summary>The memory or a ring's addresses have changed: rings that run go on from where they are.</summary>
        public ProtocolError? Relocate()
        {
            for(var i = 0; i < rings.Length; i++)
            {
                var queue = Transport.EnabledQueue(i);
                var error = queue != null && queue.Error == null ? Place(i, queue.Position) : null;
                if(error != null)
                {
                    return error;
                }
            }
            return null;
        }

        /// <summary>
        /// Stops a ring, and tells its base. When the last one stops, the device is reset: a front end without STATUS
        /// has no other word for it.
        /// </summary>
        public uint Stop(int index)
        {
            var ring = rings[index];
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
            foreach(var ring in rings)
            {
                ring.Stop();
                ring.Base = null;
            }
        }

        /// <summary>Forgets the front end: its memory, its rings, its descriptors.</summary>
        public void Forget()
        {
            Transport.Reset();
            for(var i = 0; i < rings.Length; i++)
            {
                rings[i]?.Dispose();
                rings[i] = new Vring();
            }
            Memory.Clear();
            Features = new FeatureSet();
            ApplyEnable();
        }

        /// <summary>Tells the device which rings are enabled. Those of which nothing was said are it without protocol features.</summary>
        public void ApplyEnable()
        {
            for(var i = 0; i < rings.Length; i++)
            {
                Net.SetOpen(i, rings[i].Enable ?? !HasProtocolFeatures);
            }
        }

        /// <summary>The driver has kicked a ring, or it is time to look.</summary>
        public void Notify(int index)
        {
            rings[index].Kick?.Drain();
            if(IsRunning(index))
            {
                Transport.Notify(index);
            }
        }

        /// <summary>True if the ring is in use; not so if it was found broken.</summary>
        public bool IsRunning(int index)
        {
            return Transport.TryGetQueue(index, out _);
        }

        /// <summary>True if any ring is in use, or was until it was found broken.</summary>
        public bool IsAnyStarted => Enumerable.Range(0, rings.Length).Any(Transport.IsEnabled);

        /// <inheritdoc/>
        public void QueueUsed(int queue)
        {
            rings[queue].Call?.Signal();
        }

        /// <summary>Nothing: the configuration that the guest sees is the front end's.</summary>
        public void ConfigChanged()
        {
        }

        /// <summary>Nothing: what was signalled is the front end's, and rings are its messages' to change.</summary>
        public void DeviceReset()
        {
        }

        /// <summary>Nothing: no message resets a single ring.</summary>
        public void QueueReset(int queue)
        {
        }

        /// <inheritdoc/>
        public void Misuse(Rule rule, ulong where, ulong value, string subject = "")
        {
            reports.Misuse(rule, where, value, subject);
        }

        /// <inheritdoc/>
        public void FrameDropped(Rule rule, int length, ushort etherType, int limit)
        {
            reports.FrameDropped(rule, length, etherType, limit);
        }

        /// <inheritdoc/>
        public void Parked(string reason)
        {
            for(var i = 0; i < rings.Length; i++)
            {
                if(Transport.EnabledQueue(i)?.Error != null)
                {
                    rings[i].Err?.Signal();
                }
            }
            reports.Parked(reason);
            // A frame from the wire can find out, too; whoever waits for kicks has to learn that they count no more.
            scheduler.Schedule();
        }

        /// <summary>The network device.</summary>
        public NetDevice Net { get; }

        /// <summary>The transport's state.</summary>
        public VirtioTransport Transport { get; }

        /// <summary>What the front end shares.</summary>
        public SharedMemory Memory { get; } = new SharedMemory();

        /// <summary>Rings.</summary>
        public int Count => rings.Length;

        /// <summary>SET_FEATURES: what the transport is to know of it.</summary>
        public FeatureSet Features { get; set; }

        /// <summary>True if VHOST_USER_F_PROTOCOL_FEATURES was acknowledged.</summary>
        public bool HasProtocolFeatures { get; set; }

        private ProtocolError? Start(int index)
        {
            if((Transport.Status & DeviceStatus.DriverOk) == 0)
            {
                StartDevice();
            }
            var start = rings[index].Base;
            var error = Place(index, start == null ? (QueuePosition?)null : ReadBase(index, start.Value));
            if(error == null)
            {
                // A kick may have come before the ring did, or not at all where another back end had seen it.
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

        // Ring addresses are the front end's own, those of queues the guest's.
        private ProtocolError? Place(int index, QueuePosition? position)
        {
            var ring = rings[index];
            var addr = ring.Addr!.Value;
            foreach(var address in new[] { addr.Descriptor, addr.Available, addr.Used })
            {
                if(!Memory.TryTranslate(address, out _))
                {
                    return new ProtocolError("SET_VRING_ADDR: an address of the ring is in no memory region", (uint)index, address);
                }
            }
            if(!Virtqueue.IsSizeAllowed(ring.Num, Features))
            {
                return new ProtocolError("SET_VRING_NUM: the size of a split ring is a power of two", (uint)index, ring.Num);
            }
            Memory.TryTranslate(addr.Descriptor, out var descriptor);
            Memory.TryTranslate(addr.Available, out var available);
            Memory.TryTranslate(addr.Used, out var used);
            Transport.StartQueue(index, new QueueLayout(ring.Num, descriptor, available, used), position);
            return null;
        }

        private QueuePosition ReadBase(int index, uint value)
        {
            ushort usedIndex = 0;
            if(!IsPacked && Memory.TryTranslate(rings[index].Addr!.Value.Used, out var used))
            {
                Memory.TryReadUInt16(used + RingLayout.RingIdx, out usedIndex);
            }
            return Vring.ReadBase(value, IsPacked, usedIndex);
        }

        private bool IsPacked => Features.Has(Feature.RingPacked);

        private readonly Vring[] rings;
        private readonly IWorkScheduler scheduler;
        private readonly IReports reports;
    }
}
