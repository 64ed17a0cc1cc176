// renode-virtio-net, MIT licence: see LICENSE.
// A vhost-user front end for tests: it sends any message, also wrong ones.

using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;


namespace VirtioNet.Tests.VhostUser;

/// <summary>Requests of a front end by their numbers (VHOST_USER_*).</summary>
public enum Request : uint
{
    GetFeatures = 1,
    SetFeatures = 2,
    SetOwner = 3,
    ResetOwner = 4,
    SetMemTable = 5,
    SetLogBase = 6,
    SetVringNum = 8,
    SetVringAddr = 9,
    SetVringBase = 10,
    GetVringBase = 11,
    SetVringKick = 12,
    SetVringCall = 13,
    SetVringErr = 14,
    GetProtocolFeatures = 15,
    SetProtocolFeatures = 16,
    GetQueueNum = 17,
    SetVringEnable = 18,
    NetSetMtu = 20,
    GetConfig = 24,
    SetConfig = 25,
    ResetDevice = 34,
    SetStatus = 39,
    GetStatus = 40,
}

/// <summary>A connection to a back end.</summary>
internal sealed class FrontEnd : IDisposable
{
    public FrontEnd(string path, Socket? socket = null)
    {
        Socket = socket ?? New();
        Socket.Connect(new UnixDomainSocketEndPoint(path));
        Socket.ReceiveTimeout = (int)Limit.TotalMilliseconds;
    }

    /// <summary>Sends a message with a payload of any length and any descriptors.</summary>
    public bool Send(Request request, ReadOnlySpan<byte> payload, uint flags = Version, params SafeHandle[] handles)
    {
        var bytes = new byte[12 + payload.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)request);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), flags);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), payload.Length);
        payload.CopyTo(bytes.AsSpan(12));
        return Linux.Send(Socket, bytes, handles);
    }

    /// <summary>Sends a request and waits until it is done; 0 if all went well.</summary>
    public ulong Do(Request request, ReadOnlySpan<byte> payload, params SafeHandle[] handles)
    {
        Send(request, payload, Version | NeedReply, handles);
        return BinaryPrimitives.ReadUInt64LittleEndian(Receive(request));
    }

    /// <summary>Asks for something that has a reply.</summary>
    public byte[] Ask(Request request, ReadOnlySpan<byte> payload = default)
    {
        Send(request, payload);
        return Receive(request);
    }

    public ulong AskNumber(Request request) => BinaryPrimitives.ReadUInt64LittleEndian(Ask(request));

    /// <summary>Waits until all kicks and messages so far were seen, and what came of them has left.</summary>
    public void Settle()
    {
        for(var i = 0; i < 4; i++)
        {
            Ask(Request.GetFeatures);
        }
    }

    /// <summary>Waits until all messages so far were seen, whatever replies there are on the way. False if the connection has ended.</summary>
    public bool TrySettle()
    {
        try
        {
            for(Send(Request.GetQueueNum, default); ;)
            {
                var header = ReceiveBytes(12);
                ReceiveBytes(BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8)));
                if(BinaryPrimitives.ReadUInt32LittleEndian(header) == (uint)Request.GetQueueNum)
                {
                    return true;
                }
            }
        }
        catch(Exception exception) when(exception is EndOfStreamException || exception is SocketException reason && IsEnd(reason))
        {
            return false;
        }
    }

    /// <summary>Waits for the reply to a request.</summary>
    public byte[] Receive(Request request)
    {
        var header = ReceiveBytes(12);
        if(BinaryPrimitives.ReadUInt32LittleEndian(header) != (uint)request || BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4)) != (Version | Reply))
        {
            throw new InvalidDataException($"no reply to {request}: {Convert.ToHexString(header)}");
        }
        return ReceiveBytes(BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8)));
    }

    /// <summary>Waits until the back end has closed the connection. Replies on the way are thrown away.</summary>
    public void WaitForEnd()
    {
        var buffer = new byte[4096];
        try
        {
            while(Socket.Receive(buffer) > 0)
            {
            }
        }
        catch(SocketException exception) when(IsEnd(exception))
        {
            // The back end closed the connection with data unread, which resets it.
        }
    }

    public void Dispose() => Socket.Dispose();

    public Socket Socket { get; }

    /// <summary>A socket that is connected to nobody.</summary>
    public static Socket New() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <summary>How long a test waits for anything. Nothing should take a second, but a loaded machine may be slow.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>Flag of every message: version 1 of the protocol.</summary>
    public const uint Version = 1;
    /// <summary>Flag of a reply.</summary>
    public const uint Reply = 4;
    /// <summary>Flag of a request that asks for a reply (protocol feature REPLY_ACK).</summary>
    public const uint NeedReply = 8;

    /// <summary>Payload: one 64-bit number.</summary>
    public static byte[] Number(ulong value) => BitConverter.GetBytes(value);

    /// <summary>Payload: a ring's index and a number.</summary>
    public static byte[] State(int index, uint num) => Bytes(unchecked((uint)index), num);

    /// <summary>Payload: memory regions, each as guest address, size, user address and offset in its file.</summary>
    public static byte[] Table(params (ulong, ulong, ulong, ulong)[] regions) =>
        Number((ulong)regions.Length).Concat(regions.SelectMany(Region)).ToArray();

    /// <summary>Payload: user addresses of a ring's areas.</summary>
    public static byte[] Addr(int index, uint flags, ulong descriptor, ulong used, ulong available) =>
        Bytes((uint)index, flags).Concat(Number(descriptor)).Concat(Number(used)).Concat(Number(available)).Concat(Number(0)).ToArray();

    // A receive that timed out has not seen the connection end.
    private static bool IsEnd(SocketException exception) => exception.SocketErrorCode != SocketError.TimedOut && exception.SocketErrorCode != SocketError.WouldBlock;

    private static byte[] Region((ulong Guest, ulong Size, ulong User, ulong Offset) x) =>
        new[] { x.Guest, x.Size, x.User, x.Offset }.SelectMany(Number).ToArray();

    private static byte[] Bytes(uint first, uint second) => BitConverter.GetBytes(first).Concat(BitConverter.GetBytes(second)).ToArray();

    private byte[] ReceiveBytes(int count)
    {
        var bytes = new byte[count];
        for(var at = 0; at < count;)
        {
            var received = Socket.Receive(bytes, at, count - at, SocketFlags.None);
            at += received > 0 ? received : throw new EndOfStreamException("the back end has closed the connection");
        }
        return bytes;
    }
}
