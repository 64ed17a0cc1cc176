#nullable enable
// The requests that this back end answers, in the order of "Front-end message types".

using System.Collections.Generic;

using VirtioNet.Outside.VhostUser.Protocol;

namespace VirtioNet.Outside.VhostUser
{
    internal sealed partial class VhostUserSession
    {
        // Name, payload in bytes, descriptors, what it is.
        private static readonly Dictionary<VhostUserRequest, Row> Requests = new Dictionary<VhostUserRequest, Row>
        {
            [VhostUserRequest.GetFeatures] = new Row("GET_FEATURES", 0, 0, 0, (session, message) => session.GetFeatures(message), ProtocolFeatures.None),
            [VhostUserRequest.SetFeatures] = new Row("SET_FEATURES", sizeof(ulong), sizeof(ulong), 0, (session, message) => session.SetFeatures(message), ProtocolFeatures.None),
            [VhostUserRequest.GetProtocolFeatures] = new Row("GET_PROTOCOL_FEATURES", 0, 0, 0, (session, message) => session.GetProtocolFeatures(message), ProtocolFeatures.None),
            [VhostUserRequest.SetProtocolFeatures] = new Row("SET_PROTOCOL_FEATURES", sizeof(ulong), sizeof(ulong), 0, (session, message) => session.SetProtocolFeatures(message), ProtocolFeatures.None),
            [VhostUserRequest.SetOwner] = new Row("SET_OWNER", 0, 0, 0, (session, message) => null, ProtocolFeatures.None),
            [VhostUserRequest.ResetOwner] = new Row("RESET_OWNER", 0, 0, 0, (session, message) => session.ResetOwner(message), ProtocolFeatures.None),
            [VhostUserRequest.SetMemTable] = new Row("SET_MEM_TABLE", MemoryRegion.TableHeader, MemoryRegion.TableHeader + MemoryRegion.MaxCount * MemoryRegion.Length, MemoryRegion.MaxCount, (session, message) => session.SetMemTable(message), ProtocolFeatures.None),
            [VhostUserRequest.SetVringNum] = new Row("SET_VRING_NUM", VringState.Length, VringState.Length, 0, (session, message) => session.SetVringNum(message), ProtocolFeatures.None),
            [VhostUserRequest.SetVringAddr] = new Row("SET_VRING_ADDR", VringAddress.Length, VringAddress.Length, 0, (session, message) => session.SetVringAddr(message), ProtocolFeatures.None),
            [VhostUserRequest.SetVringBase] = new Row("SET_VRING_BASE", VringState.Length, VringState.Length, 0, (session, message) => session.SetVringBase(message), ProtocolFeatures.None),
            [VhostUserRequest.GetVringBase] = new Row("GET_VRING_BASE", VringState.Length, VringState.Length, 0, (session, message) => session.GetVringBase(message), ProtocolFeatures.None),
            [VhostUserRequest.SetVringKick] = new Row("SET_VRING_KICK", sizeof(ulong), sizeof(ulong), 1, (session, message) => session.SetVringKick(message), ProtocolFeatures.None),
            [VhostUserRequest.SetVringCall] = new Row("SET_VRING_CALL", sizeof(ulong), sizeof(ulong), 1, (session, message) => session.SetVringCall(message), ProtocolFeatures.None),
            [VhostUserRequest.SetVringErr] = new Row("SET_VRING_ERR", sizeof(ulong), sizeof(ulong), 1, (session, message) => session.SetVringErr(message), ProtocolFeatures.None),
            [VhostUserRequest.GetQueueNum] = new Row("GET_QUEUE_NUM", 0, 0, 0, (session, message) => session.GetQueueNum(message), ProtocolFeatures.Mq),
            [VhostUserRequest.SetVringEnable] = new Row("SET_VRING_ENABLE", VringState.Length, VringState.Length, 0, (session, message) => session.SetVringEnable(message), ProtocolFeatures.None),
            [VhostUserRequest.NetSetMtu] = new Row("NET_SET_MTU", sizeof(ulong), sizeof(ulong), 0, (session, message) => session.NetSetMtu(message), ProtocolFeatures.NetMtu),
            [VhostUserRequest.GetConfig] = new Row("GET_CONFIG", ConfigSpaceHeader.Length, MessageHeader.MaxPayload, 0, (session, message) => session.GetConfig(message), ProtocolFeatures.Config),
            [VhostUserRequest.SetConfig] = new Row("SET_CONFIG", ConfigSpaceHeader.Length, MessageHeader.MaxPayload, 0, (session, message) => session.SetConfig(message), ProtocolFeatures.Config),
            [VhostUserRequest.ResetDevice] = new Row("RESET_DEVICE", 0, 0, 0, (session, message) => session.ResetDevice(message), ProtocolFeatures.ResetDevice),
            [VhostUserRequest.SetStatus] = new Row("SET_STATUS", sizeof(ulong), sizeof(ulong), 0, (session, message) => session.SetStatus(message), ProtocolFeatures.Status),
            [VhostUserRequest.GetStatus] = new Row("GET_STATUS", 0, 0, 0, (session, message) => session.GetStatus(message), ProtocolFeatures.Status),
        };
    }
}
