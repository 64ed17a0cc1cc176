// renode-virtio-net, MIT licence: see LICENSE.
// Guests on the lab's switch. Each back end has a thread of its own, so a lock guards the switch. A back end holds no lock when
// it sends to the switch, and takes its own lock for a moment when a frame is delivered to it, so there is no deadlock.

using System.Collections.Concurrent;
using System.Diagnostics;
using VirtioNet.Wire;
using VirtioNet.Wire.Links;
using VirtioNet.Wire.Switching;

namespace VirtioNet.Lab.Guests;

/// <summary>The switch, its ports, the guests, the capture, and the folder of the sockets.</summary>
public sealed class GuestNetwork : ILabNetwork, INetworkObserver
{
    public GuestNetwork(GuestImage image, string? capture = null, long captureLimit = long.MaxValue)
    {
        this.image = image;
        CapturePath = capture;
        if(capture != null)
        {
            captureFile = new CaptureFile(capture, captureLimit);
        }
        folder = Directory.CreateTempSubdirectory("virtio-net-guests.").FullName;
        ether.Observers.Add(this);
    }

    /// <summary>Makes a port for a guest whose address will be 192.168.100.<paramref name="number"/>.</summary>
    public GuestPort AddPort(string name, int number, string features = "", int queuePairs = 1)
    {
        Action<Packet>? send = null;
        // send is set below, before any guest is started that could send.
        var port = new GuestPort(name, Path.Combine(folder, name), new MacAddress(FirstMac + (uint)number), features, packet => send!(packet), queuePairs);
        ports.Add(port);
        send = Connect(name, port);
        return port;
    }

    /// <summary>Starts a guest at a port. Whether rings are packed, and the pairs of queues, are those of the port's device.</summary>
    public QemuGuest StartGuest(GuestPort port, QemuCard? card = null)
    {
        var guest = new QemuGuest(port.Name, image, port.Backend.Path, port.Mac, (card ?? new QemuCard()) with { QueuePairs = port.QueuePairs, Packed = port.Features.Contains("+RING_PACKED", StringComparison.Ordinal) });
        guests.Add(guest);
        return guest;
    }

    /// <summary>Plugs a device into the switch, and returns the function by which it sends. Any thread may call that.</summary>
    public Action<Packet> Connect(string name, IPacketPort device)
    {
        lock(gate)
        {
            var port = ether.Connect(name, device);
            return packet => Send(port, packet);
        }
    }

    public void Dispose()
    {
        foreach(var guest in guests)
        {
            guest.Dispose();
        }
        foreach(var port in ports)
        {
            port.Dispose();
        }
        lock(gate)
        {
            captureFile?.Dispose();
        }
        if(Directory.Exists(folder))
        {
            Directory.Delete(folder, true);
        }
    }

    public IReadOnlyList<GuestPort> Ports => ports;

    public string? CapturePath { get; }

    public (long Written, long Seen) Captured => (captureFile?.Frames.Written ?? 0, captureFile?.Frames.Seen ?? 0);

    public IEnumerable<string> Complaints => ports.SelectMany(port => port.Complaints.Select(x => $"guest {port.Name}: {x}"))
        .Concat(equalAddresses)
        .Concat(captureFailure == null ? Array.Empty<string>() : new[] { $"--capture: {captureFailure}; name a file on a disk with room" });

    public IEnumerable<string> Remarks => ports.SelectMany(port => port.Remarks.Select(x => $"guest {port.Name}: {x}"));

    /// <summary>What a guest has sent goes to the capture, as finished frames.</summary>
    public void Passed(NetworkPort port, PortDirection direction, ulong time, Packet packet, in LinkOutcome outcome)
    {
        if(captureFile == null || direction == PortDirection.Out || outcome.Drop != DropReason.None)
        {
            return;
        }
        try
        {
            foreach(var frame in offload.Finish(packet.Bytes, packet.Offload))
            {
                captureFile.Frames.Write(time, frame);
            }
        }
        catch(IOException complaint)
        {
            // This is a back end's thread, where nobody would catch it. Complaints has it.
            captureFailure = complaint.Message;
        }
    }

    /// <summary>A guest that was told another address than its port's may have taken one that is in use.</summary>
    public void AddressAtTwoPorts(MacAddress address, NetworkPort before, NetworkPort now, ulong time)
    {
        equalAddresses.Enqueue($"{before.Name} and {now.Name} both send from {address}; give each an address of its own");
    }

    private void Send(NetworkPort port, Packet packet)
    {
        lock(gate)
        {
            // The network is empty between two calls, so it has room.
            port.Send(packet, Now);
            // What is delivered may be answered at once. An answer is sent later than what it answers, so the clock is read again.
            while(ether.Run(Now))
            {
            }
        }
    }

    private ulong Now => (ulong)Stopwatch.GetElapsedTime(start).TotalNanoseconds;

    private string? captureFailure;

    private readonly object gate = new();
    private readonly long start = Stopwatch.GetTimestamp();
    private readonly VirtualNetwork ether = new("guests", 1);
    private readonly SoftwareOffload offload = new();
    private readonly ConcurrentQueue<string> equalAddresses = new();
    private readonly List<GuestPort> ports = new();
    private readonly List<QemuGuest> guests = new();
    private readonly string folder;
    private readonly GuestImage image;
    private readonly CaptureFile? captureFile;

    // scripts/guest/netup gives a guest the IPv4 address whose last byte is that of its MAC address.
    private const ulong FirstMac = 0x02_00_00_00_00_00;
}
