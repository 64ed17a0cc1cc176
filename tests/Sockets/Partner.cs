// renode-virtio-net, MIT licence: see LICENSE.
// The other process at a stream socket, as QEMU frames it, or as it pleases.

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using VirtioNet.Outside.Sockets;
using VirtioNet.Tests.VhostUser;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Sockets;

internal sealed class Partner : IDisposable
{
    public Partner(Socket socket)
    {
        this.socket = socket;
        socket.ReceiveTimeout = (int)FrontEnd.Limit.TotalMilliseconds;
        socket.SendTimeout = (int)FrontEnd.Limit.TotalMilliseconds;
    }

    /// <summary>Connects to a port that listens.</summary>
    public static Partner Connect(SocketRig rig, StreamSocketPort port, bool small = false)
    {
        var socket = port.ListensAt != 0
            ? new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : FrontEnd.New();
        if(small && port.ListensAt != 0)
        {
            // TCP_MAXSEG: with short segments the buffers of both sides are small, too, as on a real network. tcp(7).
            socket.SetRawSocketOption(6, 2, BitConverter.GetBytes(536));
            socket.ReceiveBufferSize = 2048;
        }
        socket.Connect(port.ListensAt != 0 ? new IPEndPoint(IPAddress.Loopback, port.ListensAt) : new UnixDomainSocketEndPoint(rig.Path));
        return new Partner(socket);
    }

    /// <summary>Listens at a path, for ports that connect.</summary>
    public static Socket Listen(string path)
    {
        var listener = FrontEnd.New();
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        return listener;
    }

    public static Partner Accept(Socket listener) => new(listener.Accept());

    /// <summary>Sends a frame with its length in front.</summary>
    public void Send(ReadOnlySpan<byte> frame)
    {
        SendRaw(Framed(frame));
    }

    public void SendRaw(ReadOnlySpan<byte> bytes)
    {
        while(bytes.Length > 0)
        {
            bytes = bytes[socket.Send(bytes)..];
        }
    }

    public void SendLength(uint length) => SendRaw(Length(length));

    public byte[] Receive()
    {
        return ReceiveRaw(BinaryPrimitives.ReadInt32BigEndian(ReceiveRaw(4)));
    }

    public byte[] ReceiveRaw(int count)
    {
        var bytes = new byte[count];
        for(var at = 0; at < count;)
        {
            var more = socket.Receive(bytes.AsSpan(at));
            at += more > 0 ? more : throw new EndOfStreamException($"{at} of {count} bytes came");
        }
        return bytes;
    }

    /// <summary>Waits until the port has closed the connection.</summary>
    public void WaitForEnd()
    {
        try
        {
            while(socket.Receive(new byte[65536]) > 0)
            {
            }
        }
        catch(SocketException exception) when(exception.SocketErrorCode is SocketError.ConnectionReset)
        {
            // Closed with something unread.
        }
    }

    public void Dispose() => socket.Dispose();

    public Socket Socket => socket;

    public static byte[] Length(uint length)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, length);
        return bytes;
    }

    public static byte[] Framed(ReadOnlySpan<byte> frame) => [.. Length((uint)frame.Length), .. frame];

    /// <summary>A frame of so many bytes that tells its number.</summary>
    public static byte[] Frame(int length, int number = 0)
    {
        var frame = new byte[length];
        new Random(number).NextBytes(frame);
        BinaryPrimitives.WriteInt32LittleEndian(frame, number);
        return frame;
    }

    /// <summary>An IPv4 packet of 40 bytes, as an acknowledgement of TCP is, in the shortest frame.</summary>
    public static byte[] PaddedPacket()
    {
        var frame = new byte[60];
        byte[] header = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 40];
        header.CopyTo(frame, 0);
        return frame;
    }

    public static Packet Packet(int length, int number = 0) => new(Frame(length, number));

    private readonly Socket socket;
}
