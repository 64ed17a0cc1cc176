// renode-virtio-net, MIT licence: see LICENSE.
// A random front end, driven by a seed.

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VirtioNet.Driver;
using VirtioNet.Tests.Net;

namespace VirtioNet.Tests.VhostUser;

/// <summary>
/// Sends the messages by which a front end usually starts a device, some of them changed at random, and writes random words
/// into the shared rings.
/// </summary>
internal sealed class Fuzzer
{
    public Fuzzer(BackendRig rig, SharedRam ram, int seed)
    {
        this.rig = rig;
        this.ram = ram;
        this.seed = seed;
    }

    public void Run(int messages)
    {
        for(var end = Sent + messages; Sent < end;)
        {
            // Each connection has random numbers of its own and finds cleared memory, so that it does not depend on those before.
            random = new Random(unchecked(seed * Prime + Connections));
            using var front = new FrontEnd(rig.Path);
            front.TrySettle();
            ram.Write(ram.Base, new byte[Scribbled]);
            handles = new SafeHandle[] { Linux.EventFd(), Linux.EventFd(), ram.File };
            Connections++;
            step = 0;
            while(Sent < end && Step(front))
            {
            }
            front.Dispose();
            handles[0].Dispose();
            handles[1].Dispose();
        }
    }

    public int Sent { get; private set; }

    public int Connections { get; private set; }

    /// <summary>Sequences that were sent to their end.</summary>
    public int Stories { get; private set; }

    /// <summary>Sequences after which a ring was in use. A valid sequence may still park the device: the rings' memory is random.</summary>
    public int Started { get; private set; }

    // False if the back end has closed the connection, or if this front end is to close it.
    private bool Step(FrontEnd front)
    {
        if(step < Story.Length)
        {
            var (request, payload, descriptors) = Story[step++](this);
            return SendMutated(front, request, payload, descriptors);
        }
        step = 0;
        Stories++;
        Started += rig.Backend.IsRunning ? 1 : 0;
        Scribble();
        // The second one lets the back end finish work that it had deferred.
        if(!front.TrySettle() || !front.TrySettle())
        {
            return false;
        }
        lock(rig.Sent)
        {
            rig.Sent.Clear();
        }
        rig.Backend.Receive(Frames.Make(random.Next(10, 3000), Sent));
        if(random.Next(4) != 0)
        {
            return true;
        }
        // Random bytes or a part of a message, and then the front end disconnects.
        Linux.Send(front.Socket, Frames.Make(random.Next(1, 30), Sent), handles);
        return false;
    }

    private bool SendMutated(FrontEnd front, Request request, byte[] payload, SafeHandle[] descriptors)
    {
        var flags = random.Next(3) == 0 ? FrontEnd.Version | FrontEnd.NeedReply : FrontEnd.Version;
        if(random.Next(60) == 0)
        {
            switch(random.Next(7))
            {
                case 0:
                    request = (Request)random.Next(45);
                    break;
                case 1:
                    payload = payload.Take(random.Next(payload.Length + 1)).ToArray();
                    break;
                case 2:
                    payload = payload.Concat(new byte[random.Next(300)]).ToArray();
                    break;
                case 3:
                    descriptors = Enumerable.Range(0, random.Next(10)).Select(_ => handles[random.Next(3)]).ToArray();
                    break;
                case 4:
                    flags = (uint)random.Next(16);
                    break;
                case 5 when payload.Length > 0:
                    payload[random.Next(payload.Length)] ^= (byte)(1 << random.Next(8));
                    break;
                case 6 when payload.Length > 0:
                    random.NextBytes(payload.AsSpan(random.Next(payload.Length)));
                    break;
            }
        }
        Sent++;
        return front.Send(request, payload, flags, descriptors) && front.TrySettle();
    }

    // Writes random words into rings and buffers. Half are below 20, so that they often are valid indices, ids or flags.
    private void Scribble()
    {
        for(var i = 0; i < 50; i++)
        {
            ram.Write16(ram.Base + (uint)random.Next(0x1000, Scribbled) / 2 * 2, (ushort)random.Next(random.Next(2) == 0 ? 20 : 65536));
        }
        Linux.Signal((SafeFileHandle)handles[1]);
    }

    private int Ring() => random.Next(4);

    private static readonly SafeHandle[] None = Array.Empty<SafeHandle>();

    private static readonly Func<Fuzzer, (Request, byte[], SafeHandle[])>[] Story =
    {
        _ => (Request.SetOwner, Array.Empty<byte>(), None),
        _ => (Request.GetFeatures, Array.Empty<byte>(), None),
        _ => (Request.GetProtocolFeatures, Array.Empty<byte>(), None),
        x => (Request.SetProtocolFeatures, FrontEnd.Number(x.random.Next(2) == 0 ? 0x9UL : 0x2019UL), None),
        _ => (Request.GetQueueNum, Array.Empty<byte>(), None),
        x => (Request.GetVringBase, FrontEnd.State(0, 0), None),
        x => (Request.GetVringBase, FrontEnd.State(1, 0), None),
        x => (Request.GetVringBase, FrontEnd.State(2, 0), None),
        x => (Request.GetVringBase, FrontEnd.State(3, 0), None),
        x => (Request.SetFeatures, FrontEnd.Number(1UL << 32 | 1UL << 28 | (x.random.Next(2) == 0 ? 1UL << 34 : 0) | (x.random.Next(2) == 0 ? 1UL << 29 | 1UL << 15 : 0)), None),
        x => (Request.SetMemTable, FrontEnd.Table((x.ram.Base, 0x10_0000, SharedRam.UserBase, 0)), new SafeHandle[] { x.ram.File }),
        x => (Request.SetVringErr, FrontEnd.Number((ulong)x.Ring()), x.handles[..1]),
        x => (Request.SetVringCall, FrontEnd.Number((ulong)x.Ring()), x.handles[..1]),
        x => (Request.SetVringNum, FrontEnd.State(0, 1U << x.random.Next(8)), None),
        x => (Request.SetVringBase, FrontEnd.State(0, (uint)x.random.Next(2) * 0x8000), None),
        x => (Request.SetVringAddr, FrontEnd.Addr(0, 0, SharedRam.UserBase + 0x1000, SharedRam.UserBase + 0x3000, SharedRam.UserBase + 0x2000), None),
        x => (Request.SetVringKick, FrontEnd.Number(0), x.handles[1..2]),
        x => (Request.SetVringNum, FrontEnd.State(1, 1U << x.random.Next(8)), None),
        x => (Request.SetVringAddr, FrontEnd.Addr(1, 0, SharedRam.UserBase + 0x1000, SharedRam.UserBase + 0x3000, SharedRam.UserBase + 0x2000), None),
        x => (Request.SetVringKick, FrontEnd.Number(1 + (ulong)(x.random.Next(8) == 0 ? 0x100 : 0)), x.random.Next(8) == 0 ? None : x.handles[1..2]),
        x => (Request.SetVringEnable, FrontEnd.State(0, (uint)x.random.Next(2)), None),
        x => (Request.SetVringEnable, FrontEnd.State(1, 1), None),
        x => (Request.NetSetMtu, FrontEnd.Number((ulong)x.random.Next(100000)), None),
        x => (Request.GetConfig, FrontEnd.State(x.random.Next(16), 4).Concat(new byte[8]).ToArray(), None),
        x => (x.random.Next(10) == 0 ? Request.ResetDevice : Request.GetStatus, Array.Empty<byte>(), None),
    };

    private int step;
    private Random random = new();
    private SafeHandle[] handles = Array.Empty<SafeHandle>();

    private readonly BackendRig rig;
    private readonly SharedRam ram;
    private readonly int seed;

    private const int Prime = 1_000_003;
    private const int Scribbled = 0x4000;
}
