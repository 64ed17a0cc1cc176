// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The requests that this back end answers, in the order of vhost-user's "Front-end message types".

using System;
using System.Collections.Generic;

using VirtioNet.Outside.VhostUser.Protocol;

namespace VirtioNet.Outside.VhostUser
{
    internal sealed partial class VhostUserSession
    {
        // Name, bytes of payload, most descriptors, handler; then the protocol feature that the request belongs to, and most
        // bytes of payload where its length varies.
        private static readonly Dictionary<VhostUserRequest, Row> Requests = new Dictionary<VhostUserRequest, Row>
        {
            [VhostUserRequest.GetFeatures] = new Row("GET_FEATURES", 0, 0, (session, message) => session.GetFeatures(message)),
            [VhostUserRequest.SetFeatures] = new Row("SET_FEATURES", sizeof(ulong), 0, (session, message) => session.SetFeatures(message)),
            [VhostUserRequest.GetProtocolFeatures] = new Row("GET_PROTOCOL_FEATURES", 0, 0, (session, message) => session.GetProtocolFeatures(message)),
            [VhostUserRequest.SetProtocolFeatures] = new Row("SET_PROTOCOL_FEATURES", sizeof(ulong), 0, (session, message) => session.SetProtocolFeatures(message)),
            [VhostUserRequest.SetOwner] = new Row("SET_OWNER", 0, 0, (session, message) => SetOwner()),
            [VhostUserRequest.ResetOwner] = new Row("RESET_OWNER", 0, 0, (session, message) => session.ResetOwner(message)),
            [VhostUserRequest.SetMemTable] = new Row("SET_MEM_TABLE", MemoryRegion.TableHeader, MemoryRegion.MaxCount, (session, message) => session.SetMemTable(message), maxSize: MemoryRegion.TableHeader + MemoryRegion.MaxCount * MemoryRegion.Length),
            [VhostUserRequest.SetVringNum] = new Row("SET_VRING_NUM", VringState.Length, 0, (session, message) => session.SetVringNum(message)),
            [VhostUserRequest.SetVringAddr] = new Row("SET_VRING_ADDR", VringAddress.Length, 0, (session, message) => session.SetVringAddr(message)),
            [VhostUserRequest.SetVringBase] = new Row("SET_VRING_BASE", VringState.Length, 0, (session, message) => session.SetVringBase(message)),
            [VhostUserRequest.GetVringBase] = new Row("GET_VRING_BASE", VringState.Length, 0, (session, message) => session.GetVringBase(message)),
            [VhostUserRequest.SetVringKick] = new Row("SET_VRING_KICK", sizeof(ulong), 1, (session, message) => session.SetVringKick(message)),
            [VhostUserRequest.SetVringCall] = new Row("SET_VRING_CALL", sizeof(ulong), 1, (session, message) => session.SetVringCall(message)),
            [VhostUserRequest.SetVringErr] = new Row("SET_VRING_ERR", sizeof(ulong), 1, (session, message) => session.SetVringErr(message)),
            [VhostUserRequest.GetQueueNum] = new Row("GET_QUEUE_NUM", 0, 0, (session, message) => session.GetQueueNum(message), ProtocolFeatures.Mq),
            [VhostUserRequest.SetVringEnable] = new Row("SET_VRING_ENABLE", VringState.Length, 0, (session, message) => session.SetVringEnable(message)),
            [VhostUserRequest.NetSetMtu] = new Row("NET_SET_MTU", sizeof(ulong), 0, (session, message) => session.NetSetMtu(message), ProtocolFeatures.NetMtu),
            [VhostUserRequest.GetConfig] = new Row("GET_CONFIG", ConfigSpaceHeader.Length, 0, (session, message) => session.GetConfig(message), ProtocolFeatures.Config, MessageHeader.MaxPayload),
            [VhostUserRequest.SetConfig] = new Row("SET_CONFIG", ConfigSpaceHeader.Length, 0, (session, message) => session.SetConfig(message), ProtocolFeatures.Config, MessageHeader.MaxPayload),
            [VhostUserRequest.ResetDevice] = new Row("RESET_DEVICE", 0, 0, (session, message) => session.ResetDevice(message), ProtocolFeatures.ResetDevice),
            [VhostUserRequest.SetStatus] = new Row("SET_STATUS", sizeof(ulong), 0, (session, message) => session.SetStatus(message), ProtocolFeatures.Status),
            [VhostUserRequest.GetStatus] = new Row("GET_STATUS", 0, 0, (session, message) => session.GetStatus(message), ProtocolFeatures.Status),
        };

        private sealed class Row
        {
            public Row(string name, int size, int maxDescriptors, Func<VhostUserSession, VhostUserMessage, ProtocolError?> handle, ProtocolFeatures feature = ProtocolFeatures.None, int maxSize = 0)
            {
                Name = name;
                MinSize = size;
                MaxSize = Math.Max(size, maxSize);
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
    }
}
