// renode-virtio-net, MIT licence: see LICENSE.
// Random walks of a driver and a device over one queue. After each step the invariants must hold that Invariant.cs lists.
//
//   RING_STEPS=100000             so many steps a test; 10 million unless it is given
//   RING_REPLAY="seed,gamma"      the walks of that seed. Each run prints its own. A failure is shrunk to few steps, and
//                                 tells the seed of that one walk
//
//   RING_REPLAY="7,13" dotnet test tests/Tests.csproj -c Release --filter FullyQualifiedName~RingProperties

using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using NUnit.Framework;
using VirtioNet.Queues;

namespace VirtioNet.Tests.Queues;

public sealed class RingProperties
{
    [Test]
    [Rule("SPLIT-16", "SPLIT-17", "SPLIT-21", "SPLIT-25", "SPLIT-29", "PACK-01", "PACK-07", "PACK-12", "PACK-14", "PACK-16", "PACK-17", "FEAT-05", "FEAT-12", "H-28")]
    public void SoundDriver_AnySteps_KeepTheInvariants([Values] bool packed) => CheckSound(packed);

    [Test]
    [Rule("H-01", "H-03", "H-07", "H-10", "H-11", "H-13", "H-16", "H-17", "H-21", "H-25", "H-26", "H-31", "H-32", "H-33", "H-34", "H-36", "H-37", "H-43")]
    public void HostileDriver_AnySteps_KeepTheInvariants([Values] bool packed) => CheckHostile(packed);

    private static void CheckSound(bool packed)
    {
        Check(walk =>
        {
            var sound = new SoundWalk(packed, walk[0]);
            for(var i = 1; i < walk.Length; i++)
            {
                sound.Step(walk[i]);
            }
            sound.Finish();
            return sound.Trace;
        });
    }

    private static void CheckHostile(bool packed)
    {
        var faults = new Dictionary<QueueFault, long>();
        Check(walk =>
        {
            var hostile = new HostileWalk(packed, walk[0], faults);
            for(var i = 1; i < walk.Length; i++)
            {
                hostile.Step(walk[i]);
            }
            hostile.Finish();
            return hostile.Trace;
        });
        TestContext.Out.WriteLine(string.Join('\n', faults.OrderBy(x => x.Key).Select(x => $"{x.Key}: {x.Value}")));
        // A walk that breaks few rules would show little.
        Assert.That(faults, Has.Count.GreaterThanOrEqualTo(8));
    }

    private static void Check(Func<int[], ulong> run)
    {
        var walks = Arb.From(Gen.ArrayOf(Gen.Choose(0, int.MaxValue), 1 + Length), Shorter);
        var property = Prop.ForAll(walks, (int[] walk) =>
        {
            var trace = run(walk);
            // The same steps do the same (I9). Only one walk of 64 is run twice to check that.
            return walk[0] % 64 != 0 || trace == run(walk);
        });
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(Steps / Length).WithReplay(Seeded()), property);
    }

    // The walk without one of its halves, one of its quarters and so on, down to single steps. The first number sets the queue
    // up and is kept.
    private static IEnumerable<int[]> Shorter(int[] walk)
    {
        for(var length = (walk.Length - 1) / 2; length > 0; length /= 2)
        {
            for(var start = 1; start + length <= walk.Length; start += length)
            {
                yield return walk[..start].Concat(walk[(start + length)..]).ToArray();
            }
        }
    }

    private static FSharpOption<Replay> Seeded()
    {
        // The second number of FsCheck's generator is odd.
        var numbers = Seeds.Next("RING_REPLAY", () => $"{(ulong)Random.Shared.NextInt64()},{(ulong)Random.Shared.NextInt64() | 1}").Split(',');
        return FSharpOption<Replay>.Some(new Replay(
            new Rnd(ulong.Parse(numbers[0], CultureInfo.InvariantCulture), ulong.Parse(numbers[1], CultureInfo.InvariantCulture)), FSharpOption<int>.None));
    }

    private static readonly int Steps = int.Parse(Environment.GetEnvironmentVariable("RING_STEPS") ?? "10000000", CultureInfo.InvariantCulture);

    private const int Length = 500;
}
