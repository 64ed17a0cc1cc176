// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// One front end's requests, from its connection to its end. vhost-user: "Front-end message types", in the document's order.
//
// Where the vhost-user document says nothing, this back end does as libvhost-user and DPDK do: a ring starts with
// SET_VRING_KICK, not with the first kick; GET_VRING_BASE closes the ring's kick and call descriptors.

using System;
using System.Runtime.InteropServices;

using VirtioNet.Net;
using VirtioNet.Outside.VhostUser.Protocol;
using VirtioNet.Reports;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Outside.VhostUser
{
    /// <summary>Handles requests. Each handler returns the rule that the request breaks, or null.</summary>
    internal sealed partial class VhostUserSession
    {
        /// <summary>A front end has connected to this device.</summary>
        public VhostUserSession(VhostUserDevice device, ProtocolFeatures offered, IReports reports)
        {
            this.device = device;
            this.reports = reports;
            offeredProtocol = offered;
        }

        /// <summary>
        /// Does what a request asks, and puts the reply, if there is one, into the message. Then starts the rings that have
        /// become ready.
        /// </summary>
        public ProtocolError? Handle(VhostUserMessage message)
        {
            var error = Requests.TryGetValue(message.Request, out var row)
                ? Check(message, row) ?? row.Handle(this, message)
                : new ProtocolError(FrontEndRules.UnknownRequest, (uint)message.Request);
            if(error == null && CanRun)
            {
                error = device.StartReady();
            }
            // VHOST_USER_PROTOCOL_F_REPLY_ACK: a request that has no reply of its own is acknowledged if the front end asks for it,
            // with 0 for success.
            if(!message.HasReply && message.NeedsReply && (protocol & ProtocolFeatures.ReplyAck) != 0)
            {
                message.Reply(error == null && !message.IsRefused ? 0UL : 1UL);
            }
            return error;
        }

        /// <summary>The request's name as the document has it; empty for one that this back end does not know.</summary>
        public static string NameOf(VhostUserRequest request)
        {
            return Requests.TryGetValue(request, out var row) ? "VHOST_USER_" + row.Name : "";
        }

        private ProtocolError? GetFeatures(VhostUserMessage message)
        {
            message.Reply(Offered.Low);
            return null;
        }

        private ProtocolError? SetFeatures(VhostUserMessage message)
        {
            var features = new FeatureSet(message.Read<ulong>(), 0);
            if(!features.IsSubsetOf(Offered))
            {
                return new ProtocolError(FrontEndRules.FeatureNotOffered, Offered.Low, features.Low);
            }
            // Passes on only bits that the transport negotiates: drops MQ and PROTOCOL_FEATURES, and once VERSION_1 is
            // acknowledged those that only legacy drivers have.
            var forDevice = features & (features.Has(Feature.Version1) ? device.Transport.Offered : OfferedToLegacy);
            if(!device.Net.CanRunWith(forDevice))
            {
                return new ProtocolError(FrontEndRules.FeatureDependency, Offered.Low, features.Low);
            }
            // QEMU sends the same features again for each pair of rings, while the rings of other pairs run already.
            if(device.IsAnyStarted && forDevice.Low != device.Features.Low)
            {
                return new ProtocolError(FrontEndRules.FeaturesWhileRunning, device.Features.Low, forDevice.Low);
            }
            device.Features = forDevice;
            if((features.Low & ProtocolFeaturesBit) == 0)
            {
                // Without protocol features a front end has no message to enable rings, so all are enabled at once ("Ring states").
                device.Rings.EnableAll(true);
                device.ApplyEnable();
            }
            hasFeatures = true;
            return null;
        }

        private ProtocolError? GetProtocolFeatures(VhostUserMessage message)
        {
            message.Reply((ulong)offeredProtocol);
            return null;
        }

        private ProtocolError? SetProtocolFeatures(VhostUserMessage message)
        {
            var features = message.Read<ulong>();
            if((features & ~(ulong)offeredProtocol) != 0)
            {
                return new ProtocolError(FrontEndRules.ProtocolFeatureNotOffered, (ulong)offeredProtocol, features);
            }
            protocol = (ProtocolFeatures)features;
            return null;
        }

        // Marks the start of a session, which here is the connection itself, so nothing is to be done.
        private static ProtocolError? SetOwner()
        {
            return null;
        }

        // Deprecated. The document leaves a choice between ignoring it and disabling all rings.
        private ProtocolError? ResetOwner(VhostUserMessage message)
        {
            return DisableAll();
        }

        private ProtocolError? SetMemTable(VhostUserMessage message)
        {
            var count = message.Read<uint>();
            if(count > MemoryRegion.MaxCount || message.Payload.Length != MemoryRegion.TableHeader + (int)count * MemoryRegion.Length)
            {
                return new ProtocolError(FrontEndRules.RegionCount, (uint)message.Payload.Length, count);
            }
            if(message.Descriptors.Count != count)
            {
                return new ProtocolError(FrontEndRules.RegionDescriptors, (uint)message.Descriptors.Count, count);
            }
            var regions = MemoryMarshal.Cast<byte, MemoryRegion>(message.Payload.Slice(MemoryRegion.TableHeader));
            return device.Memory.Replace(regions, message.Descriptors) ?? device.Relocate();
        }

        // The document speaks of queues. QEMU and DPDK take the number as pairs of queues.
        private ProtocolError? GetQueueNum(VhostUserMessage message)
        {
            message.Reply((ulong)device.Net.QueuePairs);
            return null;
        }

        // A front end that asks for an acknowledgement learns whether the MTU is valid. An invalid one is no reason to disconnect.
        private ProtocolError? NetSetMtu(VhostUserMessage message)
        {
            var mtu = message.Read<ulong>();
            var allowed = mtu <= NetLayout.MaxMtu && NetOptions.IsMtuAllowed((long)mtu);
            if(allowed)
            {
                device.Net.Mtu = (int)mtu;
            }
            message.IsRefused = !allowed;
            return null;
        }

        // A reply without payload says that there is no such range.
        private ProtocolError? GetConfig(VhostUserMessage message)
        {
            var space = message.Read<ConfigSpaceHeader>();
            var config = device.Net.Config;
            if(space.Offset > config.Length || space.Size > config.Length - space.Offset || message.Payload.Length != ConfigSpaceHeader.Length + (int)space.Size)
            {
                message.Reply(ReadOnlySpan<byte>.Empty);
                return null;
            }
            Span<byte> reply = stackalloc byte[ConfigSpaceHeader.Length + (int)space.Size];
            message.Payload.CopyTo(reply);
            config.Slice((int)space.Offset, (int)space.Size).CopyTo(reply.Slice(ConfigSpaceHeader.Length));
            message.Reply(reply);
            return null;
        }

        // A front end may write read-only fields only to migrate a guest, and migration is not offered. All fields are read-only.
        private ProtocolError? SetConfig(VhostUserMessage message)
        {
            var space = message.Read<ConfigSpaceHeader>();
            reports.Misuse(FrontEndRules.ReadOnlyConfiguration, space.Offset, space.Size);
            message.IsRefused = true;
            return null;
        }

        // Stops and disables all rings.
        private ProtocolError? ResetDevice(VhostUserMessage message)
        {
            device.Reset();
            status = DeviceStatus.None;
            return DisableAll();
        }

        private ProtocolError? SetStatus(VhostUserMessage message)
        {
            var value = message.Read<ulong>();
            if(value > byte.MaxValue)
            {
                return new ProtocolError(FrontEndRules.StatusValue, 0, value);
            }
            status = (DeviceStatus)value;
            if(status == DeviceStatus.None)
            {
                device.Reset();
            }
            return null;
        }

        private ProtocolError? GetStatus(VhostUserMessage message)
        {
            message.Reply((byte)(status | (device.Transport.Status & DeviceStatus.NeedsReset)));
            return null;
        }

        private ProtocolError? DisableAll()
        {
            device.Rings.EnableAll(false);
            device.ApplyEnable();
            return null;
        }

        private ProtocolError? Check(VhostUserMessage message, Row row)
        {
            if((row.Feature & ~offeredProtocol) != 0)
            {
                return new ProtocolError(FrontEndRules.RequestNotOffered, (uint)message.Request);
            }
            if(message.Payload.Length < row.MinSize || message.Payload.Length > row.MaxSize)
            {
                return new ProtocolError(FrontEndRules.PayloadSize, (uint)row.MinSize, (uint)message.Payload.Length);
            }
            return message.Descriptors.Count > row.MaxDescriptors
                ? new ProtocolError(FrontEndRules.DescriptorsOfRequest, (uint)row.MaxDescriptors, (uint)message.Descriptors.Count)
                : null;
        }

        // A front end with VHOST_USER_PROTOCOL_F_STATUS sets DRIVER_OK when it has told everything.
        private bool CanRun => hasFeatures && ((protocol & ProtocolFeatures.Status) == 0 || (status & (DeviceStatus.DriverOk | DeviceStatus.Failed)) == DeviceStatus.DriverOk);

        // Features of the device that vhost-user can carry, and the bit that announces protocol features.
        private FeatureSet Offered
        {
            get
            {
                var offered = device.Transport.Offered | OfferedToLegacy;
                offered = device.Net.QueuePairs > 1 ? offered.With(Feature.Mq) : offered;
                return offered | new FeatureSet(ProtocolFeaturesBit, 0);
            }
        }

        private FeatureSet OfferedToLegacy => device.Transport.OfferedToLegacy;

        private ProtocolFeatures protocol;
        private DeviceStatus status;
        private bool hasFeatures;

        private readonly VhostUserDevice device;
        private readonly ProtocolFeatures offeredProtocol;
        private readonly IReports reports;

        // VHOST_USER_F_PROTOCOL_FEATURES.
        private const ulong ProtocolFeaturesBit = 1 << 30;
    }
}
