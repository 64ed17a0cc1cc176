// renode-virtio-net, MIT licence: see LICENSE.
// DPDK's driver virtio-user: it polls, has no code in common with Linux's, and runs as a process of this machine.

using System.Diagnostics;
using System.Text.RegularExpressions;
using NUnit.Framework;
using VirtioNet.Lab;
using VirtioNet.Lab.Guests;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Tests.Guests;

public sealed partial class DpdkTests
{
    [TestCase("", false, false)]
    [TestCase("", true, false)]
    [TestCase("+RING_PACKED", false, false)]
    [TestCase("+RING_PACKED", true, false)]
    [TestCase("+IN_ORDER", true, true)]
    [TestCase("+RING_PACKED +IN_ORDER", false, true)]
    public void Testpmd_SendsBackWhatItGets_EveryByteIsTheSame(string features, bool mergeable, bool inOrder)
    {
        var testpmd = GuestImage.FindProgram("dpdk-testpmd");
        if(testpmd == null)
        {
            Assert.Ignore("dpdk-testpmd is not on the PATH; install it (Debian: apt-get install dpdk-dev)");
        }
        var folder = Directory.CreateTempSubdirectory("virtio-net-dpdk.").FullName;
        try
        {
            var mac = new MacAddress(0x02_00_00_00_00_01);
            using var port = new GuestPort("dpdk", Path.Combine(folder, "socket"), mac, features, Take);
            using var console = new ConsoleProcess("testpmd", "/usr/bin/env", Arguments(testpmd!, folder, port, mergeable, inOrder));
            WaitForDriver(port, console);
            console.Type("start");
            port.WaitUntil(x => x.IsRunning, "started by the driver");
            console.WaitFor(Prompt());

            Assert.That((port.Backend.Features & Rings).ToString(), Is.EqualTo(Expected(features, mergeable).ToString()));
            Exchange(port, mac);
            console.Type("quit");
            port.WaitUntil(x => !x.IsConnected, "left by the driver");
            Assert.That(port.Complaints, Is.Empty);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    // Where testpmd cannot run, for example because of too little memory, it ends before it connects: the test is skipped.
    private static void WaitForDriver(GuestPort port, ConsoleProcess console)
    {
        try
        {
            console.WaitFor(Prompt());
        }
        catch(GuestException reason) when(!port.WasConnected)
        {
            Assert.Ignore($"dpdk-testpmd does not run here: {reason.Message}");
        }
    }

    // Pages of usual size, so that nobody has to set huge ones aside; one thread forwards, and the other one is the console's.
    private static string[] Arguments(string testpmd, string folder, GuestPort port, bool mergeable, bool inOrder) => new[]
    {
        // DPDK's own files go to the folder of the socket, which is deleted at the end.
        $"RUNTIME_DIRECTORY={folder}", testpmd,
        "--lcores", $"0@{FirstProcessor},1@{FirstProcessor}", "--no-huge", "-m", "256", "--no-pci", "--no-telemetry",
        "--vdev", $"net_virtio_user0,path={port.Backend.Path},mac={port.Mac},queues=1,queue_size=256"
            + $",packed_vq={(port.Features.Contains("+RING_PACKED") ? 1 : 0)},mrg_rxbuf={(mergeable ? 1 : 0)},in_order={(inOrder ? 1 : 0)}",
        "--", "-i", "--nb-cores=1", "--total-num-mbufs=2048", "--forward-mode=io", "--port-topology=loop",
    };

    // Sends in windows that fit a queue: the device drops frames without a buffer, which could not be told from frames lost by a fault.
    private void Exchange(GuestPort port, MacAddress mac)
    {
        var random = new Random(1);
        for(var window = 0; window < Windows; window++)
        {
            var sent = new List<byte[]>();
            for(var i = 0; i < Window; i++)
            {
                var frame = new byte[random.Next(TestFrames.SmallestFrame, LongestFrame + 1)];
                random.NextBytes(frame);
                mac.Write(frame);
                sent.Add(frame);
            }
            foreach(var frame in sent)
            {
                port.Receive(new Packet((byte[])frame.Clone()));
            }
            Assert.That(WaitFor(Window), Is.EqualTo(sent), $"window {window}");
        }
    }

    private List<byte[]> WaitFor(int count)
    {
        var start = Stopwatch.GetTimestamp();
        lock(arrived)
        {
            while(arrived.Count < count)
            {
                var left = TimeSpan.FromSeconds(ConsoleProcess.Limit) - Stopwatch.GetElapsedTime(start);
                Assert.That(left, Is.GreaterThan(TimeSpan.Zero), $"{arrived.Count} of {count} frames came back");
                Monitor.Wait(arrived, left);
            }
            var frames = arrived.ToList();
            arrived.Clear();
            return frames;
        }
    }

    private void Take(Packet packet)
    {
        lock(arrived)
        {
            arrived.Add(packet.Bytes.ToArray());
            Monitor.PulseAll(arrived);
        }
    }

    // A container need not be allowed to use processor 0.
    private static string FirstProcessor => AllowedProcessors().Match(File.ReadAllText("/proc/self/status")).Groups[1].Value;

    private static FeatureSet Expected(string features, bool mergeable)
    {
        var expected = new FeatureSet().With(Feature.Version1);
        expected = features.Contains("+RING_PACKED") ? expected.With(Feature.RingPacked) : expected;
        expected = features.Contains("+IN_ORDER") ? expected.With(Feature.InOrder) : expected;
        return mergeable ? expected.With(Feature.MrgRxbuf) : expected;
    }

    [SetUp]
    public void Forget()
    {
        arrived.Clear();
    }

    [GeneratedRegex(@"Cpus_allowed_list:\s*(\d+)")]
    private static partial Regex AllowedProcessors();

    [GeneratedRegex("testpmd> ")]
    private static partial Regex Prompt();

    private readonly List<byte[]> arrived = new();

    private static readonly FeatureSet Rings = new FeatureSet()
        .With(Feature.Version1)
        .With(Feature.RingPacked)
        .With(Feature.InOrder)
        .With(Feature.MrgRxbuf);

    private const int Windows = 50;
    private const int Window = 100;
    private const int LongestFrame = 1514;
}
