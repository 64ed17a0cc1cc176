// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The requests about one ring. vhost-user: "Front-end message types", "Ring states".

using System;
using System.Runtime.InteropServices;

using VirtioNet.Outside.VhostUser.Protocol;
using VirtioNet.Spec;

namespace VirtioNet.Outside.VhostUser
{
    internal sealed partial class VhostUserSession
    {
        private ProtocolError? SetVringNum(VhostUserMessage message)
        {
            var state = message.Read<VringState>();
            var error = Stopped(state.Index, out var ring);
            if(error == null && (state.Num < 1 || state.Num > RingLayout.MaxQueueSize))
            {
                error = new ProtocolError(FrontEndRules.RingSize, state.Index, state.Num);
            }
            if(error == null)
            {
                ring.Num = (ushort)state.Num;
            }
            return error;
        }

        private ProtocolError? SetVringAddr(VhostUserMessage message)
        {
            var addr = message.Read<VringAddress>();
            var error = Find(addr.Index, out var ring);
            if(error == null && addr.Flags != 0)
            {
                error = new ProtocolError(FrontEndRules.RingLogging, addr.Index, addr.Flags);
            }
            if(error == null)
            {
                ring.Addr = addr;
                error = device.Relocate((int)addr.Index);
            }
            return error;
        }

        private ProtocolError? SetVringBase(VhostUserMessage message)
        {
            var state = message.Read<VringState>();
            var error = Stopped(state.Index, out var ring);
            if(error == null)
            {
                ring.Base = state.Num;
            }
            return error;
        }

        private ProtocolError? GetVringBase(VhostUserMessage message)
        {
            var state = message.Read<VringState>();
            var error = Find(state.Index, out _);
            if(error == null)
            {
                state.Num = device.Stop((int)state.Index);
                message.Reply(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref state, 1)));
            }
            return error;
        }

        private ProtocolError? SetVringKick(VhostUserMessage message)
        {
            var error = TakeEvent(message, out var ring, out var kick);
            if(error == null)
            {
                ring.SetKick(kick);
                ring.IsStarted = true;
            }
            return error;
        }

        private ProtocolError? SetVringCall(VhostUserMessage message)
        {
            var error = TakeEvent(message, out var ring, out var call);
            if(error == null)
            {
                ring.SetCall(call);
            }
            return error;
        }

        private ProtocolError? SetVringErr(VhostUserMessage message)
        {
            var error = TakeEvent(message, out var ring, out var err);
            if(error == null)
            {
                ring.SetErr(err);
            }
            return error;
        }

        private ProtocolError? SetVringEnable(VhostUserMessage message)
        {
            var state = message.Read<VringState>();
            var error = Find(state.Index, out var ring);
            if(error == null && state.Num > 1)
            {
                error = new ProtocolError(FrontEndRules.EnableValue, state.Index, state.Num);
            }
            if(error == null)
            {
                ring.IsEnabled = state.Num == 1;
                device.ApplyEnable();
            }
            return error;
        }

        private ProtocolError? Find(ulong index, out Vring ring)
        {
            ring = device.Rings.Find(index)!;
            return ring == null ? new ProtocolError(FrontEndRules.RingIndex, (uint)device.Rings.Count, index) : null;
        }

        // The ring, which must not run: the request sets its size or position.
        private ProtocolError? Stopped(uint index, out Vring ring)
        {
            var error = Find(index, out ring);
            return error == null && device.IsRunning((int)index)
                ? new ProtocolError(FrontEndRules.RingRuns, index)
                : error;
        }

        // The index of the ring is in bits 0 to 7 of the payload; bit 8 says that no descriptor comes along.
        private ProtocolError? TakeEvent(VhostUserMessage message, out Vring ring, out EventFd? taken)
        {
            taken = null;
            var payload = message.Read<ulong>();
            var index = payload & VringDescriptor.IndexMask;
            var error = Find(index, out ring);
            var expected = (payload & VringDescriptor.NoDescriptor) == 0 ? 1 : 0;
            if(error == null && message.Descriptors.Count != expected)
            {
                error = new ProtocolError(FrontEndRules.EventDescriptor, index, (uint)message.Descriptors.Count);
            }
            if(error == null && expected == 1)
            {
                if(!EventFd.TryTake(message.Descriptors[0], out taken))
                {
                    taken = null;
                    return new ProtocolError(FrontEndRules.EventNotEventFd, index);
                }
                message.Descriptors.Clear();
            }
            return error;
        }
    }
}
