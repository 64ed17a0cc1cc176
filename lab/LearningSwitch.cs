// An Ethernet switch that learns which address is behind which port.

namespace VirtioNet.Lab;

/// <summary>
/// Takes frames while a device sends, and hands them on when it has done: a frame to itself, or an answer
/// that answers itself, would otherwise run receive inside transmit without end (H-75).
/// </summary>
public sealed class LearningSwitch
{
    /// <summary>Plugs a receiver in. The array it is given is its own. Returns the number of the port.</summary>
    public int Connect(Action<byte[]> deliver)
    {
        ports.Add(deliver);
        return ports.Count - 1;
    }

    /// <summary>Takes a frame that came in at a port. Nothing is delivered yet.</summary>
    public void Send(int port, byte[] frame)
    {
        waiting.Enqueue((port, frame));
    }

    /// <summary>Delivers what waits now; what comes in meanwhile waits for the next call. False if nothing waited.</summary>
    public bool DeliverWaiting()
    {
        var count = waiting.Count;
        for(var i = 0; i < count; i++)
        {
            var (port, frame) = waiting.Dequeue();
            Deliver(port, frame);
        }
        return count > 0;
    }

    /// <summary>If set, sees every frame once, before it is delivered.</summary>
    public Action<byte[]>? Monitor { get; set; }

    /// <summary>Frames that went out of one port, because the address was known.</summary>
    public long Forwarded { get; private set; }

    /// <summary>Frames that went out of every port but the one they came in at.</summary>
    public long Flooded { get; private set; }

    private void Deliver(int port, byte[] frame)
    {
        Monitor?.Invoke(frame);
        var source = MacAddress.Read(frame.AsSpan(MacAddress.Size));
        if(!source.IsGroup && (learned.Count < MaxLearned || learned.ContainsKey(source)))
        {
            learned[source] = port;
        }
        var target = MacAddress.Read(frame);
        if(!target.IsGroup && learned.TryGetValue(target, out var known))
        {
            // A target behind the frame's own port has had it already.
            if(known != port)
            {
                Forwarded++;
                ports[known](frame);
            }
            return;
        }
        Flooded++;
        for(var i = 0; i < ports.Count; i++)
        {
            if(i != port)
            {
                ports[i]((byte[])frame.Clone());
            }
        }
    }

    private readonly List<Action<byte[]>> ports = new();
    private readonly Queue<(int Port, byte[] Frame)> waiting = new();
    private readonly Dictionary<MacAddress, int> learned = new();

    // Addresses beyond it are flooded: a sender of invented ones cannot grow the table.
    private const int MaxLearned = 8192;
}
