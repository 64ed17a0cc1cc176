// renode-virtio-net, MIT licence: see LICENSE.
// The driver's side of the control queue. virtio v1.4-cs01: 5.1.9.5.

using VirtioNet.Spec;

namespace VirtioNet.Driver;

/// <summary>Sends commands, one after the other, and waits for the answer of each.</summary>
public sealed class ControlDriver
{
    /// <summary>Sets the queue up. To be made between FEATURES_OK and DRIVER_OK.</summary>
    public ControlDriver(IVirtioDriver transport, int queue)
    {
        this.transport = transport;
        Ring = transport.SetupRing(queue);
    }

    /// <summary>Sends a command with its data, and returns the answer, or null if the device gives none.</summary>
    public byte? Send(byte number, byte command, params byte[] data)
    {
        var answer = Offer(number, command, data);
        transport.Notify(Ring.Index);
        return Ring.TryTakeUsed(out var used) && used.Length == 1 ? Read(answer) : null;
    }

    /// <summary>Sends a command that has a result, for which there is so much room. Returns the result, or null if the command was refused.</summary>
    public byte[]? Ask(byte number, byte command, int room, params byte[] data)
    {
        var at = Place(new[] { number, command }.Concat(data).ToArray());
        var answer = Place(Enumerable.Repeat(Unanswered, 1 + room).ToArray());
        var used = SendChain(new Piece(at, (uint)(2 + data.Length), false), new Piece(answer, 1, true), new Piece(answer + 1, (uint)room, true));
        if(used is not { } done || Read(answer) != ControlLayout.Ok)
        {
            return null;
        }
        var bytes = new byte[done.Length - 1];
        transport.Memory.Read(answer + 1, bytes);
        return bytes;
    }

    /// <summary>Makes a command available with no notification: header, data and answer in buffers of their own, as Linux does. Returns where the answer will be.</summary>
    public ulong Offer(byte number, byte command, params byte[] data)
    {
        var at = Place(new[] { number, command }.Concat(data).ToArray());
        var answer = Place(Unanswered);
        var pieces = new List<Piece> { new(at, 2, false) };
        if(data.Length > 0)
        {
            pieces.Add(new Piece(at + 2, (uint)data.Length, false));
        }
        pieces.Add(new Piece(answer, 1, true));
        Ring.Add(pieces.ToArray());
        return answer;
    }

    /// <summary>Makes any chain available and notifies. Returns what the device has used.</summary>
    public Used? SendChain(params Piece[] pieces)
    {
        Ring.Add(pieces);
        transport.Notify(Ring.Index);
        return Ring.TryTakeUsed(out var used) ? used : null;
    }

    /// <summary>Copies bytes into fresh guest memory.</summary>
    public ulong Place(params byte[] bytes)
    {
        var at = transport.Memory.Allocate(bytes.Length);
        transport.Memory.Write(at, bytes);
        return at;
    }

    /// <summary>The byte at an address.</summary>
    public byte Read(ulong address)
    {
        Span<byte> bytes = stackalloc byte[1];
        transport.Memory.Read(address, bytes);
        return bytes[0];
    }

    /// <summary>The queue.</summary>
    public IDriverRing Ring { get; }

    /// <summary>What is in the byte for the answer before the device has written it.</summary>
    public const byte Unanswered = 0xFF;

    private readonly IVirtioDriver transport;
}
