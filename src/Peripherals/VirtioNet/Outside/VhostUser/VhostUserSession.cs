#nullable enable
// One front end's requests, from SET_OWNER to its end. vhost-user: "Front-end message types", in the document's order.
//
// Where the document is silent this back end does as libvhost-user and DPDK do: a ring starts with SET_VRING_KICK, and
// needs no kick for it; GET_VRING_BASE gives its kick and call descriptors back.

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

using VirtioNet.Net;
using VirtioNet.Outside.VhostUser.Protocol;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Outside.VhostUser
{
    /// <summary>Handles requests. Each handler returns the rule that the request breaks, or null.</summary>
    internal sealed partial class VhostUserSession
    {
        /// <summary>A front end has connected to this device.</summary>
        public VhostUserSession(VhostUserDevice device, ProtocolFeatures offered)
        {
            this.device = device;
            offeredProtocol = offered;
        }

        /// <summary>
        /// Does what a request asks, and puts the reply into the message where there is one. Then rings that have become
        /// ready by it are started.
        /// </summary>
        public ProtocolError? Handle(VhostUserMessage message)
        {
            var error = Requests.TryGetValue(message.Request, out var row)
                ? Check(message, row) ?? row.Handle(this, message)
                : new ProtocolError("a request that this back end does not know", (uint)message.Request);
            if(error == null && CanRun)
            {
                error = device.StartReady();
            }
            // "The payload should be set to zero on success or non-zero on failure, unless the message already has an
            // explicit reply body."
            if(!message.HasReply && message.NeedsReply && (protocol & ProtocolFeatures.ReplyAck) != 0)
            {
                message.Reply(error == null && !message.IsRefused ? 0UL : 1UL);
            }
            return error;
        }

        /// <summary>The request's name as the document has it, or its number.</summary>
        public static string NameOf(VhostUserRequest request)
        {
            return Requests.TryGetValue(request, out var row) ? "VHOST_USER_" + row.Name : $"request {(uint)request}";
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
                return new ProtocolError("features: one was not offered", Offered.Low, features.Low);
            }
            // What is the front end's or the protocol's own, and legacy features from who is not legacy, is not for the
            // transport.
            var forDevice = features & (features.Has(Feature.Version1) ? device.Transport.Offered : OfferedToLegacy);
            if(!device.Net.CanRunWith(forDevice))
            {
                return new ProtocolError("features: one lacks what it depends on", Offered.Low, features.Low);
            }
            // QEMU sends them for each pair of rings anew, while others run already.
            if(device.IsAnyStarted && forDevice.Low != device.Features.Low)
            {
                return new ProtocolError("features change while a ring runs; GET_VRING_BASE stops it", device.Features.Low, features.Low);
            }
            device.Features = forDevice;
            device.HasProtocolFeatures = (features.Low & ProtocolFeaturesBit) != 0;
            device.ApplyEnable();
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
                return new ProtocolError("protocol features: one was not offered", (ulong)offeredProtocol, features);
            }
            protocol = (ProtocolFeatures)features;
            return null;
        }

        // "It is recommended that back-ends either ignore this message, or use it to disable all rings."
        private ProtocolError? ResetOwner(VhostUserMessage message)
        {
            return DisableAll();
        }

        private ProtocolError? SetMemTable(VhostUserMessage message)
        {
            var count = message.Read<uint>();
            if(count > MemoryRegion.MaxCount || message.Payload.Length != MemoryRegion.TableHeader + (int)count * MemoryRegion.Length)
            {
                return new ProtocolError("num regions: at most eight, and as many as the payload has", (uint)message.Payload.Length, count);
            }
            if(message.Descriptors.Count != count)
            {
                return new ProtocolError("each memory region has one descriptor", (uint)message.Descriptors.Count, count);
            }
            var regions = MemoryMarshal.Cast<byte, MemoryRegion>(message.Payload.Slice(MemoryRegion.TableHeader));
            return device.Memory.Replace(regions, message.Descriptors) ?? device.Relocate();
        }

        // Of queues, the document says; what is meant, and what QEMU and DPDK ask for, is pairs of them.
        private ProtocolError? GetQueueNum(VhostUserMessage message)
        {
            message.Reply((ulong)device.Net.QueuePairs);
            return null;
        }

        // "The back-end must respond with zero in case the specified MTU is valid, or non-zero otherwise."
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

        // "Back-end uses zero length of payload to indicate an error."
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

        // "Back-ends MUST NOT accept SET_CONFIG for read-only configuration space fields unless the live migration bit is
        // set": all fields are, and migration is not offered.
        private ProtocolError? SetConfig(VhostUserMessage message)
        {
            var space = message.Read<ConfigSpaceHeader>();
            device.Misuse(FrontEndRules.ReadOnlyConfiguration, space.Offset, space.Size, "VHOST_USER_SET_CONFIG");
            message.IsRefused = true;
            return null;
        }

        // "Disable all rings and reset all internal device state to the initial state."
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
                return new ProtocolError("device_status has eight bits", 0, value);
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
            for(var i = 0UL; device.Ring(i) != null; i++)
            {
                device.Ring(i)!.Enable = false;
            }
            device.ApplyEnable();
            return null;
        }

        private ProtocolError? Check(VhostUserMessage message, Row row)
        {
            if((row.Feature & ~offeredProtocol) != 0)
            {
                return new ProtocolError("the protocol feature for it was not offered", (uint)message.Request);
            }
            if(message.Payload.Length < row.MinSize || message.Payload.Length > row.MaxSize)
            {
                return new ProtocolError("size: the payload has not the length of this request's", (uint)row.MinSize, (uint)message.Payload.Length);
            }
            return message.Descriptors.Count > row.MaxDescriptors
                ? new ProtocolError("more descriptors than this request has", (uint)row.MaxDescriptors, (uint)message.Descriptors.Count)
                : null;
        }

        // With STATUS the front end says when it has told everything.
        private bool CanRun => hasFeatures && ((protocol & ProtocolFeatures.Status) == 0 || (status & (DeviceStatus.DriverOk | DeviceStatus.Failed)) == DeviceStatus.DriverOk);

        // What the device offers over this transport, and what is the protocol's.
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

        // A request: its name, how long its payload is, how many descriptors come with it at most.
        private sealed class Row
        {
            public Row(string name, int minSize, int maxSize, int maxDescriptors, Func<VhostUserSession, VhostUserMessage, ProtocolError?> handle, ProtocolFeatures feature)
            {
                Name = name;
                MinSize = minSize;
                MaxSize = maxSize;
                MaxDescriptors = maxDescriptors;
                Handle = handle;
                Feature = feature;
            }

            public string Name { get; }

            public int MinSize { get; }

            public int MaxSize { get; }

            public int MaxDescriptors { get; }

            public Func<VhostUserSession, VhostUserMessage, ProtocolError?> Handle { get; }

            public ProtocolFeatures Feature { get; }
        }

        // VHOST_USER_F_PROTOCOL_FEATURES.
        private const ulong ProtocolFeaturesBit = 1 << 30;
    }
}
