// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A network device for a driver in another process: the back end of vhost-user. QEMU's docs/interop/vhost-user.rst.

using System;

using VirtioNet.Net;
using VirtioNet.Reports;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;
using VirtioNet.Wire;

namespace VirtioNet.Outside.VhostUser
{
    /// <summary>
    /// Listens at a unix socket for one front end at a time, such as QEMU's "-netdev vhost-user". The front end's guest lives
    /// in real time, so the device is served by a thread of its own.
    /// </summary>
    public sealed class VhostUserBackend : IOutsidePort, IWorkScheduler
    {
        /// <summary>
        /// Makes a back end for a device that nothing else uses. Packets of the guest go to <paramref name="wire"/>, on the
        /// back end's thread, with no lock held. <paramref name="makeDevice"/> is called once, with the sink that the
        /// device is to send to.
        /// </summary>
        public VhostUserBackend(VhostUserOptions options, Func<IPacketSink, NetDevice> makeDevice, IPacketSink wire, IReports reports)
        {
            this.options = options;
            this.wire = wire;
            this.reports = reports;
            Device = makeDevice(outbox);
            device = new VhostUserDevice(Device, this, reports, VhostUserFeatures.Excluded(options));
        }

        /// <summary>
        /// Listens at the path from now on. A socket file whose process died is replaced. Throws IOException if the path cannot be
        /// had, or if the system lacks what a thread needs; then nothing is left behind, and Start can be called again.
        /// </summary>
        public void Start()
        {
            lock(gate)
            {
                if(thread != null || isDisposed)
                {
                    throw new InvalidOperationException(isDisposed ? "the back end was disposed" : "the back end was started already");
                }
                var listener = new UnixListener(options.Path);
                try
                {
                    service = new VhostUserService(device, listener, outbox, wire, options, reports, gate);
                    service.Changed += () => Changed?.Invoke();
                    thread = new PortThread("vhost-user " + options.Path, service);
                }
                catch
                {
                    service = null;
                    listener.Dispose();
                    throw;
                }
            }
        }

        /// <summary>
        /// A packet arrives from the wire for the guest. Any thread may call. Throws nothing: if the device throws, which is a defect,
        /// the front end is disconnected, as for an exception on the back end's thread.
        /// </summary>
        public void Receive(Packet packet)
        {
            lock(gate)
            {
                try
                {
                    Device.Receive(packet);
                }
                catch(Exception exception)
                {
                    service?.TakeDefect(exception);
                    thread?.Wake();
                }
            }
        }

        /// <summary>
        /// Ends the connection and the thread, closes all descriptors and removes the socket; returns when that is done. If the back
        /// end's own thread calls, from <see cref="Changed"/> or the wire, it returns at once, and the rest is done when the call
        /// into <see cref="Changed"/> or the wire has returned.
        /// </summary>
        public void Dispose()
        {
            PortThread? ending;
            lock(gate)
            {
                isDisposed = true;
                ending = thread;
            }
            ending?.Dispose();
        }

        /// <inheritdoc/>
        void IWorkScheduler.WakeAt(ulong time)
        {
            // No front end can ask for moderation: it serves the control queue itself.
        }

        ulong IWorkScheduler.Time => 0;

        void IWorkScheduler.Schedule()
        {
            service?.Schedule();
            if(thread != null && !thread.IsCurrent)
            {
                thread.Wake();
            }
        }

        /// <summary>
        /// A front end has connected or gone, or its guest has started or stopped the rings. On the back end's thread, with no
        /// lock held.
        /// </summary>
        public event Action? Changed;

        /// <summary>Where the socket is.</summary>
        public string Path => options.Path;

        /// <summary>The device. The back end's thread uses it under a lock, so others may only read its counters and settings.</summary>
        public NetDevice Device { get; }

        /// <summary>True while a front end is connected.</summary>
        public bool IsConnected => service?.IsConnected ?? false;

        /// <summary>True while the guest's driver runs at least one ring: somebody takes frames there.</summary>
        public bool IsRunning => service?.IsRunning ?? false;

        /// <summary>What was negotiated with the driver that runs.</summary>
        public FeatureSet Features => device.Features;

        /// <inheritdoc/>
        public PortOffloads Offloads => Device.Offloads;

        /// <summary>What the device has counted.</summary>
        public NetCounters Counters => Device.Counters;

        /// <summary>
        /// True while the link is up. While it is down, frames are dropped and counted in both directions. The guest does not learn of
        /// it, because no message of this back end tells its front end.
        /// </summary>
        public bool LinkUp
        {
            get => Device.LinkUp;
            set
            {
                lock(gate)
                {
                    Device.LinkUp = value;
                }
            }
        }

        /// <inheritdoc/>
        public void CountRefused()
        {
            Counters.CountRefused();
        }

        /// <summary>Sets all counters to 0.</summary>
        public void ResetCounters()
        {
            lock(gate)
            {
                Device.ResetCounters();
            }
        }

        private VhostUserService? service;
        private PortThread? thread;
        private bool isDisposed;

        private readonly object gate = new object();
        private readonly PacketOutbox outbox = new PacketOutbox();
        private readonly VhostUserOptions options;
        private readonly VhostUserDevice device;
        private readonly IPacketSink wire;
        private readonly IReports reports;
    }
}
