// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A request of a front end, and what comes of it. vhost-user: "Message Specification".

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

using Microsoft.Win32.SafeHandles;

namespace VirtioNet.Outside.VhostUser.Protocol
{
    /// <summary>The request being handled; its connection reuses the object for the next one.</summary>
    internal sealed class VhostUserMessage
    {
        /// <summary>The bytes of the payload from an offset on, as a structure. The payload must be long enough.</summary>
        public T Read<T>(int offset = 0) where T : unmanaged
        {
            return MemoryMarshal.Read<T>(Payload.Slice(offset));
        }

        /// <summary>Answers with a number.</summary>
        public void Reply(ulong value)
        {
            Reply(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref value, 1)));
        }

        /// <summary>Answers with a payload.</summary>
        public void Reply(ReadOnlySpan<byte> payload)
        {
            payload.CopyTo(reply);
            replyLength = payload.Length;
        }

        /// <summary>Closes the descriptors that nobody has taken.</summary>
        public void CloseDescriptors()
        {
            foreach(var descriptor in Descriptors)
            {
                descriptor.Dispose();
            }
            Descriptors.Clear();
        }

        /// <summary>Makes the object ready for the next message.</summary>
        public void Clear()
        {
            replyLength = -1;
            Received = 0;
            IsRefused = false;
        }

        /// <summary>Header and payload, as far as they have come in: see <see cref="Received"/>.</summary>
        public Span<byte> Bytes => buffer;

        /// <summary>Bytes received.</summary>
        public int Received { get; set; }

        /// <summary>The header. Valid once it was received.</summary>
        public MessageHeader Header => MemoryMarshal.Read<MessageHeader>(buffer);

        /// <summary>request.</summary>
        public VhostUserRequest Request => (VhostUserRequest)Header.Request;

        /// <summary>True if need_reply is set.</summary>
        public bool NeedsReply => (Header.Flags & MessageHeader.NeedReply) != 0;

        /// <summary>payload.</summary>
        public ReadOnlySpan<byte> Payload => buffer.AsSpan(MessageHeader.Length, (int)Header.Size);

        /// <summary>Descriptors that came with it. They are closed after the request unless somebody takes them out.</summary>
        public List<SafeFileHandle> Descriptors { get; } = new List<SafeFileHandle>(Native.MaxDescriptors);

        /// <summary>True if the request was answered.</summary>
        public bool HasReply => replyLength >= 0;

        /// <summary>True if the back end has refused the request, and the connection goes on.</summary>
        public bool IsRefused { get; set; }

        /// <summary>The payload of the answer.</summary>
        public ReadOnlySpan<byte> ReplyPayload => reply.AsSpan(0, replyLength);

        private int replyLength = -1;

        private readonly byte[] buffer = new byte[MessageHeader.Length + MessageHeader.MaxPayload];
        private readonly byte[] reply = new byte[MessageHeader.MaxPayload];
    }
}
