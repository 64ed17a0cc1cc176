// renode-virtio-net, MIT licence: see LICENSE.
// Frames that others have captured pass a network of our own as they are, whatever is in them.
//
//   CAPTURES=folder    every *.pcap in it, of Ethernet; `editcap -F pcap` makes one of most other captures. Without it, skipped.

using System.Buffers.Binary;
using NUnit.Framework;
using VirtioNet.Driver;

namespace VirtioNet.Tests.Renode.Network;

public sealed class PublicCaptureTests : NetworkFixture
{
    [Test]
    public void Frames_OfPublicCaptures_PassUnchanged()
    {
        var folder = Environment.GetEnvironmentVariable("CAPTURES");
        if(folder == null)
        {
            Assert.Ignore("CAPTURES names no folder of captures");
        }
        var (network, left, right) = StartTwo();
        var (passed, captures) = (0, 0);
        Assert.Multiple((Action)(() =>
        {
            foreach(var path in Directory.GetFiles(folder!, "*.pcap").OrderBy(x => x, StringComparer.Ordinal))
            {
                captures++;
                var number = 0;
                foreach(var frame in Read(File.ReadAllBytes(path)))
                {
                    number++;
                    passed += Pass(frame, left, right, $"{Path.GetFileName(path)}, frame {number}") ? 1 : 0;
                }
            }
            Assert.That(Rows(network.Drops()), Is.Empty);
        }));
        TestContext.Out.WriteLine($"{passed} frames of {captures} captures have passed unchanged, {skipped} were no frames to send");
        Assert.That(passed, Is.Not.Zero);
    }

    // From where its destination is not: a switch sends nothing back to where it came from.
    private bool Pass(byte[] frame, NetDriver left, NetDriver right, string name)
    {
        if(frame.Length < 14 || frame.Length > LongestFrame || frame.AsSpan(0, 6).SequenceEqual(frame.AsSpan(6, 6)))
        {
            skipped++;
            return false;
        }
        var target = Convert.ToHexString(frame, 0, 6);
        var (sender, receiver) = sides.TryGetValue(target, out var side) && side == left ? (right, left) : (left, right);
        sides[Convert.ToHexString(frame, 6, 6)] = sender;
        sender.TrySend(frame);
        Go();
        var padded = frame.Concat(new byte[Math.Max(0, ShortestFrame - frame.Length)]).ToArray();
        var received = Received(receiver);
        Assert.That(received, Is.EqualTo(new[] { padded }), name);
        return received.Count == 1;
    }

    private static IEnumerable<byte[]> Read(byte[] file)
    {
        var isLittle = BinaryPrimitives.ReadUInt32LittleEndian(file) is 0xA1B2C3D4 or 0xA1B23C4D;
        for(var at = 24; at + 16 <= file.Length;)
        {
            var (captured, whole) = (Number(at + 8), Number(at + 12));
            at += 16;
            // One that was cut when it was captured is no frame any more, but bytes that may pass as well.
            yield return file.AsSpan(at, Math.Min(captured, Math.Min(whole, file.Length - at))).ToArray();
            at += captured;
        }

        int Number(int at) => (int)(isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at)) : BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at)));
    }

    private readonly Dictionary<string, NetDriver> sides = new();
    private int skipped;

    private const int ShortestFrame = 60;
    private const int LongestFrame = 1514;
}
