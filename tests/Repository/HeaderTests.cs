// renode-virtio-net, MIT licence: see LICENSE.
// Every source file says first which licence it is under.

using NUnit.Framework;

namespace VirtioNet.Tests.Repository;

public sealed class HeaderTests
{
    [Test]
    public void SourceFiles_All_StartWithTheLicenceLine()
    {
        var without = Checkout.Files().Where(x => Checkout.CommentSigns.ContainsKey(Path.GetExtension(x)))
            .Where(x => FirstLine(x) != $"{Checkout.CommentSigns[Path.GetExtension(x)]} renode-virtio-net, MIT licence: see LICENSE.");
        Assert.That(string.Join('\n', without), Is.Empty, "CONTRIBUTING.md shows the line");
    }

    // A script's first line is for the system that starts it.
    private static string? FirstLine(string path)
    {
        return File.ReadLines(Checkout.Full(path)).FirstOrDefault(x => !x.StartsWith("#!", StringComparison.Ordinal));
    }
}
