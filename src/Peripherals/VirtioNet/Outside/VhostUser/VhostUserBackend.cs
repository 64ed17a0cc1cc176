#nullable enable
// A network device for a driver in another process: the back end of vhost-user, with its socket and its thread.
// QEMU's docs/interop/vhost-user.rst.
//
// The front end's guest lives in real time, so the device needs a thread of its own. It waits for the socket and for
// the kicks; the lock is around everything that touches the device, and is free while packets leave.

using System;
using System.Threading;

using VirtioNet.Net;
using VirtioNet.Outside.VhostUser.Protocol;
using VirtioNet.Reports;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;
using VirtioNet.Wire;

namespace VirtioNet.Outside.VhostUser
{
    /// <summary>Listens at a unix socket for one front end at a time, such as QEMU's "-netdev vhost-user".</summary>
    public sealed class VhostUserBackend : IPacketPort, IWorkScheduler, IDisposable
    {
        /// <summary>
        /// Makes a back end for a device that nothing else uses. Packets of the guest go to <paramref name="wire"/>, on the
        /// back end's thread, with no lock held. <paramref name="makeDevice"/> makes the device for the sink that it is
        /// given. With <paramref name="config"/> front ends may show its configuration to the guest; QEMU's
        /// vhost-user net does not, and warns if it is offered.
        /// </summary>
        public VhostUserBackend(string path, Func<IPacketSink, NetDevice> makeDevice, IPacketSink wire, IReports reports, bool config = false)
        {
            Path = path;
            this.wire = wire;
            this.reports = reports;
            Device = makeDevice(outbox);
            device = new VhostUserDevice(Device, this, reports, config ? NotHere : NotHere.With(Feature.Mac).With(Feature.Status));
            protocol = config ? Protocol | ProtocolFeatures.Config : Protocol;
            poll = new PollSet(device.Count);
        }

        /// <summary>
        /// Listens at the path from now on. A socket file whose process died is replaced. Throws IOException if the path
        /// cannot be had.
        /// </summary>
        public void Start()
        {
            if(listener != null)
            {
                throw new InvalidOperationException("the back end was started already");
            }
            listener = new UnixListener(Path);
            wake = new EventFd();
            thread = new Thread(Serve) { IsBackground = true, Name = "vhost-user " + Path };
            thread.Start();
        }

        /// <summary>
        /// A packet arrives from the wire for the guest. Any thread may call.
        /// </summary>
        public void Receive(Packet packet)
        {
            lock(gate)
            {
                Device.Receive(packet);
            }
        }

        /// <summary>Ends the connection and the thread, closes all descriptors and removes the socket.</summary>
        public void Dispose()
        {
            if(thread == null || isStopping)
            {
                return;
            }
            isStopping = true;
            wake!.Signal();
            // From Changed or the wire it is called on the thread itself, which ends when it comes back.
            if(Thread.CurrentThread != thread)
            {
                thread.Join();
            }
        }

        /// <inheritdoc/>
        void IWorkScheduler.Schedule()
        {
            hasWork = true;
            if(Thread.CurrentThread != thread)
            {
                wake!.Signal();
            }
        }

        /// <summary>A front end has connected or gone, or its guest has started or stopped the rings. On the back end's thread, with no lock held.</summary>
        public event Action? Changed;

        /// <summary>Where the socket is.</summary>
        public string Path { get; }

        /// <summary>The device, for what does not change while it runs: counters, mtu, features.</summary>
        public NetDevice Device { get; }

        /// <summary>True while a front end is connected.</summary>
        public bool IsConnected { get; private set; }

        /// <summary>True while the guest's driver runs at least one ring: there is somebody at the end of the wire.</summary>
        public bool IsRunning { get; private set; }

        /// <summary>What was negotiated with the driver that runs.</summary>
        public FeatureSet Features => device.Features;

        /// <inheritdoc/>
        public PortOffloads Offloads => Device.Offloads;

        /// <summary>What the device has counted.</summary>
        public NetCounters Counters => Device.Counters;

        /// <summary>The link: down, frames are dropped and counted in both directions. A front end does not hear of it.</summary>
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

        private void Serve()
        {
            while(!isStopping)
            {
                lock(gate)
                {
                    poll.Collect(wake!, listenerRests ? null : listener, connection, device);
                }
                poll.Wait(Timeout);
                try
                {
                    lock(gate)
                    {
                        Work();
                    }
                    outbox.Empty(wire);
                    ReportChange();
                }
                catch(Exception e)
                {
                    Fail(e);
                }
            }
            lock(gate)
            {
                Disconnect();
                listener!.Dispose();
                wake!.Dispose();
            }
            ReportChange();
        }

        private void Work()
        {
            listenerRests = false;
            if(poll.IsWoken)
            {
                wake!.Drain();
            }
            for(var i = 0; i < device.Count; i++)
            {
                if(poll.IsDue(i))
                {
                    device.Notify(i);
                }
            }
            if(hasWork)
            {
                hasWork = false;
                device.Transport.RunDeferred();
            }
            if(poll.HasMessage)
            {
                Hear();
            }
            if(poll.HasNewcomer)
            {
                Welcome();
            }
        }

        // H-113: a defect, of ours or of the wire, costs the front end its connection, and not the whole process its life.
        private void Fail(Exception exception)
        {
            lock(gate)
            {
                Disconnect();
            }
            outbox.Clear();
            reports.Misuse(FrontEndRules.Defect, 0, 0, $"vhost-user: {exception.GetType().Name}: {exception.Message}");
            // The next turn tells of the change.
            wake!.Signal();
        }

        private void Hear()
        {
            var reception = connection!.Receive(out var error);
            var message = connection.Message;
            if(reception == Reception.Message)
            {
                error = session!.Handle(message);
                message.CloseDescriptors();
                if(message.HasReply && !connection.TryReply())
                {
                    error ??= new ProtocolError("the front end does not take its replies");
                }
            }
            if(error != null)
            {
                var request = message.Received >= MessageHeader.Length ? VhostUserSession.NameOf(message.Request) + ": " : "";
                reports.Misuse(FrontEndRules.Message, error.Where, error.Value, $"vhost-user: {request}{error.Rule}");
            }
            if(error != null || reception == Reception.Closed)
            {
                Disconnect();
            }
        }

        private void Welcome()
        {
            var socket = listener!.Accept();
            if(socket == null)
            {
                // Descriptors are short, and whoever waits still does.
                listenerRests = true;
                return;
            }
            // The one before may have gone just now, and must have before this one came if they are the same process.
            if(connection != null && connection.IsHungUp)
            {
                Disconnect();
            }
            if(connection != null)
            {
                socket.Dispose();
                reports.Misuse(FrontEndRules.OneFrontEnd, 0, 0, "vhost-user");
                return;
            }
            connection = new VhostUserConnection(socket);
            session = new VhostUserSession(device, protocol);
        }

        private void Disconnect()
        {
            connection?.Dispose();
            connection = null;
            session = null;
            device.Forget();
        }

        private void ReportChange()
        {
            var isConnected = connection != null;
            var isRunning = false;
            for(var i = 0; i < device.Count; i++)
            {
                isRunning |= device.IsRunning(i);
            }
            if(isConnected != IsConnected || isRunning != IsRunning)
            {
                IsConnected = isConnected;
                IsRunning = isRunning;
                Changed?.Invoke();
            }
        }

        // Rings that have no kick are looked at every millisecond, and a wire that had no room is tried again.
        private int Timeout => hasWork ? 0 : poll.HasRingWithoutKick || !outbox.IsEmpty ? 1 : listenerRests ? RestTime : -1;

        private UnixListener? listener;
        private EventFd? wake;
        private Thread? thread;
        private VhostUserConnection? connection;
        private VhostUserSession? session;
        // True until the next turn of the loop.
        private bool listenerRests;
        private volatile bool hasWork;
        private volatile bool isStopping;

        private readonly object gate = new object();
        private readonly PacketOutbox outbox = new PacketOutbox();
        private readonly VhostUserDevice device;
        private readonly ProtocolFeatures protocol;
        private readonly PollSet poll;
        private readonly IPacketSink wire;
        private readonly IReports reports;

        // LOG_SHMFD and RARP are for migration. BACKEND_REQ and what builds on it would let the back end speak first, and
        // it has nothing to say. INFLIGHT_SHMFD is for devices that hold buffers: this one never does between messages.
        // CONFIGURE_MEM_SLOTS is for more than eight regions; QEMU 7.2 then adds each one once for every pair of queues.
        private const ProtocolFeatures Protocol = ProtocolFeatures.Mq | ProtocolFeatures.ReplyAck | ProtocolFeatures.NetMtu
            | ProtocolFeatures.ResetDevice | ProtocolFeatures.Status;

        // ACCESS_PLATFORM asks for an IOTLB; kicks carry no data; and no message resets a single ring.
        private static readonly FeatureSet NotHere = new FeatureSet()
            .With(Feature.AccessPlatform)
            .With(Feature.NotificationData)
            .With(Feature.NotifConfigData)
            .With(Feature.RingReset);

        // Milliseconds.
        private const int RestTime = 1000;
    }
}
