// renode-virtio-net, MIT licence: see LICENSE.
// A rule is known by its sentence.

using NUnit.Framework;
using VirtioNet.Reports;

namespace VirtioNet.Tests.Reports;

public sealed class RuleTests
{
    [Test]
    public void Rule_TellsItsSentenceAndWhereItIsWrittenDown()
    {
        var rule = new Rule("a queue has a size of 1 to 32768", "virtio v1.4-cs01: 2.7");
        Assert.That((rule.Sentence, rule.Source, rule.ToString()), Is.EqualTo(("a queue has a size of 1 to 32768", "virtio v1.4-cs01: 2.7", "a queue has a size of 1 to 32768")));
    }
}
