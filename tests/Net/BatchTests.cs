// renode-virtio-net, MIT licence: see LICENSE.
// Many packets at one notification, each in several buffers.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Net;

public sealed class BatchTests
{
    [Test]
    [Rule("SPLIT-02", "NET-20")]
    public void Send_BatchOfPacketsInPieces_SendsEachWhole([Values] bool packed, [Values(1, 7, 40, 64)] int count, [Values(1, 2, 4)] int pieces)
    {
        var driver = new RawDriver(packed: packed).Start();
        var frames = Enumerable.Range(0, count).Select(x => Frames.Make(100 + 13 * x, x)).ToArray();
        foreach(var frame in frames)
        {
            var message = RawDriver.Message(frame);
            var at = driver.Place(message);
            var size = (message.Length + pieces - 1) / pieces;
            driver.TransmitRing.Add(Enumerable.Range(0, pieces).Select(x => new Piece(at + (uint)(x * size), (uint)Math.Min(size, message.Length - x * size), false)).ToArray());
        }

        driver.Kick(driver.TransmitRing);

        Assert.That(driver.Machine.Sent, Is.EqualTo(frames));
    }
}
