// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Messages over the socket of a front end. vhost-user: "Message Specification", "Communication".

using System;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace VirtioNet.Outside.VhostUser.Protocol
{
    /// <summary>What has come in.</summary>
    internal enum Reception
    {
        /// <summary>No whole message yet.</summary>
        Nothing,
        /// <summary>A message.</summary>
        Message,
        /// <summary>The front end is gone.</summary>
        Closed,
        /// <summary>What came breaks the protocol.</summary>
        Broken,
    }

    /// <summary>Cuts the stream into messages, each with its descriptors. Never waits.</summary>
    internal sealed class VhostUserConnection : IDisposable
    {
        /// <summary>Takes the socket of a front end that has connected.</summary>
        public VhostUserConnection(Socket socket)
        {
            this.socket = socket;
        }

        /// <summary>Takes what has come in, at most one message. It stays in <see cref="Message"/> until the next call.</summary>
        public Reception Receive(out ProtocolError? error)
        {
            error = null;
            if(isWhole)
            {
                Message.Clear();
                isWhole = false;
            }
            while(true)
            {
                var missing = Missing;
                if(missing == 0)
                {
                    isWhole = true;
                    return Reception.Message;
                }
                // Reads not a byte beyond this message. The next one's descriptors come with its first byte, and would be taken for
                // this one's.
                var count = Native.Receive(socket.SafeHandle, Message.Bytes.Slice(Message.Received, missing), Message.Descriptors, out var cut);
                if(count <= 0)
                {
                    error = count == 0 && Message.Received != 0 ? new ProtocolError(FrontEndRules.MessageCutOff, (uint)Message.Received) : null;
                    return count < 0 ? Reception.Nothing : error != null ? Reception.Broken : Reception.Closed;
                }
                Message.Received += count;
                error = CheckHeader(cut);
                if(error != null)
                {
                    return Reception.Broken;
                }
            }
        }

        /// <summary>Sends the reply to the message that was received. False if the front end does not take it.</summary>
        public bool TryReply()
        {
            var payload = Message.ReplyPayload;
            var header = new MessageHeader { Request = Message.Header.Request, Flags = MessageHeader.Version | MessageHeader.Reply, Size = (uint)payload.Length };
            Span<byte> bytes = stackalloc byte[MessageHeader.Length + MessageHeader.MaxPayload];
            MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref header, 1)).CopyTo(bytes);
            payload.CopyTo(bytes.Slice(MessageHeader.Length));
            return Native.Send(socket.SafeHandle, bytes.Slice(0, MessageHeader.Length + payload.Length));
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            Message.CloseDescriptors();
            socket.Dispose();
        }

        /// <summary>To wait for more.</summary>
        public PollEntry Poll => new PollEntry(socket.SafeHandle);

        /// <summary>True if the front end has closed its end, even if messages that it has sent before are still unread.</summary>
        public bool IsHungUp => PollSet.IsHungUp(socket.SafeHandle);

        /// <summary>The message received last.</summary>
        public VhostUserMessage Message { get; } = new VhostUserMessage();

        private ProtocolError? CheckHeader(bool cut)
        {
            if(Message.Descriptors.Count > Native.MaxDescriptors || cut && Message.Descriptors.Count == Native.MaxDescriptors)
            {
                return new ProtocolError(FrontEndRules.DescriptorsOfMessage, Native.MaxDescriptors);
            }
            if(cut)
            {
                return new ProtocolError(FrontEndRules.DescriptorsLost, (uint)Message.Descriptors.Count);
            }
            if(Message.Received < MessageHeader.Length)
            {
                return null;
            }
            var header = Message.Header;
            if((header.Flags & MessageHeader.VersionMask) != MessageHeader.Version || (header.Flags & MessageHeader.Reply) != 0)
            {
                return new ProtocolError(FrontEndRules.HeaderFlags, header.Request, header.Flags);
            }
            return header.Size > MessageHeader.MaxPayload ? new ProtocolError(FrontEndRules.PayloadTooLong, MessageHeader.MaxPayload, header.Size) : null;
        }

        // Bytes to the end of the header, then to the end of the message.
        private int Missing => Message.Received < MessageHeader.Length
            ? MessageHeader.Length - Message.Received
            : MessageHeader.Length + (int)Message.Header.Size - Message.Received;

        private bool isWhole;

        private readonly Socket socket;
    }
}
