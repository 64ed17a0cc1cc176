// renode-virtio-net, MIT licence: see LICENSE.
// Random traffic and disturbances from a seed, the same for every transport.

using System.Security.Cryptography;
using VirtioNet.Driver;
using VirtioNet.Net;
using VirtioNet.Spec;
using VirtioNet.Tests.Net;

namespace VirtioNet.Tests.Transport;

/// <summary>Runs a rig and writes down what comes out of the wire and what the driver sees.</summary>
public sealed class TrafficScript
{
    public TrafficScript(TrafficRig rig, FeatureSet features, int seed)
    {
        this.rig = rig;
        this.features = features;
        random = new Random(seed);
        rig.Wire = x => Log("wire", x);
    }

    /// <summary>
    /// Takes random steps; after each the driver handles its events, unless it is stalled. Returns what happened, and last the counters.
    /// </summary>
    public List<string> Run(int steps)
    {
        Start();
        for(var i = 0; i < steps; i++)
        {
            Step();
            rig.RunDeferred();
            Service();
        }
        isHeldUp = false;
        Service();
        foreach(var counter in typeof(NetCounters).GetProperties())
        {
            log.Add($"{counter.Name} {counter.GetValue(rig.Device.Counters)}");
        }
        return log;
    }

    private void Step()
    {
        switch(random.Next(20))
        {
            case 0:
                isHeldUp = !isHeldUp;
                break;
            case 1:
                rig.Device.LinkUp = !rig.Device.LinkUp;
                break;
            case 2 when random.Next(4) == 0:
                rig.Device.SetMac(new byte[] { 0x02, 0, 0, 0, 0, (byte)random.Next(256) });
                break;
            case 3 when random.Next(4) == 0:
                rig.Driver.Transport.Status = DeviceStatus.None;
                rig.Device.Receive(Frame());
                Start();
                break;
            case 4:
                // More than the queue has buffers for.
                Repeat(random.Next(16, 60), () => rig.Device.Receive(Frame()));
                break;
            case 5:
                Repeat(random.Next(16, 60), Send);
                break;
            case 6:
                // Too short for Ethernet, or too long for the driver.
                rig.Device.Receive(Frames.Make(random.Next(2) == 0 ? random.Next(14) : random.Next(2100, 3000), random.Next()));
                break;
            case < 13:
                rig.Device.Receive(Frame());
                break;
            default:
                Send();
                break;
        }
    }

    private void Send()
    {
        if(!rig.Driver.TrySend(Frame()))
        {
            log.Add("full");
        }
    }

    private byte[] Frame()
    {
        var length = random.Next(3) == 0 ? random.Next(14, 100) : random.Next(60, 1515);
        return random.Next(10) == 0 ? Frames.Tagged(length + 4) : Frames.Make(length, random.Next());
    }

    private void Start()
    {
        rig.Start(features);
        log.Add("start");
        ReadConfig();
    }

    // The driver takes frames and reads the configuration until it is told of no more events.
    private void Service()
    {
        while(!isHeldUp && rig.TryTakeEvents(out var queues, out var config))
        {
            while(queues && rig.Driver.TryReceive(out var frame))
            {
                Log("driver", frame);
            }
            if(config)
            {
                ReadConfig();
            }
            if(rig.IsPolling)
            {
                break;
            }
        }
    }

    private void ReadConfig()
    {
        var read = string.Join(':', Enumerable.Range(0, NetLayout.ConfigSize).Select(x => rig.Driver.Transport.DeviceConfig(x, 1)));
        if(read != configuration)
        {
            configuration = read;
            log.Add($"config {read}");
        }
    }

    private void Log(string where, byte[] frame)
    {
        log.Add($"{where} {frame.Length} {Convert.ToHexString(SHA256.HashData(frame), 0, 8)}");
    }

    private static void Repeat(int count, Action action)
    {
        for(var i = 0; i < count; i++)
        {
            action();
        }
    }

    private bool isHeldUp;
    private string configuration = "";
    private readonly List<string> log = new();
    private readonly TrafficRig rig;
    private readonly FeatureSet features;
    private readonly Random random;
}
