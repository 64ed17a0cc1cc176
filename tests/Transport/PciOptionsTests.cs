// renode-virtio-net, MIT licence: see LICENSE.
// What a user may choose of the PCI transport, by the names of a .repl.

using NUnit.Framework;
using VirtioNet.Transport.Pci;

namespace VirtioNet.Tests.Transport;

public sealed class PciOptionsTests
{
    [TestCase("transitional", PciMode.Transitional)]
    [TestCase("modern", PciMode.Modern)]
    [TestCase("LEGACY", PciMode.Legacy)]
    [Rule("H-122")]
    public void Mode_ByItsNameInAnyCase_IsRead(string name, PciMode expected)
    {
        Assert.That(PciOptions.TryReadMode(name, out var mode, out var fault), Is.True);
        Assert.That((mode, fault), Is.EqualTo((expected, "")));
    }

    // .NET would also take the number of an enumeration's value, and several names.
    [TestCase("1")]
    [TestCase("")]
    [TestCase("modern, legacy")]
    [TestCase("moderm")]
    [Rule("H-122", "F-34")]
    public void Mode_ThatIsNone_IsRefusedWithWhatIsAllowed(string name)
    {
        Assert.That(PciOptions.TryReadMode(name, out _, out var fault), Is.False);
        Assert.That(fault, Is.EqualTo($"mode is \"{name}\"; it must be \"transitional\", \"modern\" or \"legacy\""));
    }

    [Test]
    [Rule("H-122", "F-34")]
    public void Vectors_OutOfRange_AreRefusedByTheUsersWord([Values(-1, 2049, 1L << 40)] long vectors)
    {
        Assert.That((Action)new PciOptions { Vectors = vectors }.Check, Throws.ArgumentException.With.Message.EqualTo($"vectors is {vectors}; it must be 0 to 2048"));
    }

    [Test]
    public void Vectors_InRange_AreTaken([Values(0, 1, 2048)] long vectors)
    {
        Assert.That((Action)new PciOptions { Vectors = vectors }.Check, Throws.Nothing);
    }
}
