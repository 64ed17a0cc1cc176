// renode-virtio-net, MIT licence: see LICENSE.
// ConsoleProcess, by which the lab drives another program; here a shell instead of a guest.

using System.Text.RegularExpressions;
using NUnit.Framework;
using VirtioNet.Lab.Guests;

namespace VirtioNet.Tests.Lab;

public sealed class ConsoleProcessTests
{
    [Test]
    public void WaitFor_TextsInTheirOrder_TakesEachOnce()
    {
        using var shell = Shell();
        shell.Type("echo one; echo two; echo one");

        Assert.That(shell.WaitFor(new Regex("one")).Value, Is.EqualTo("one"));
        Assert.That(shell.WaitFor(new Regex(@"two\s+one")).Index, Is.GreaterThan(0));
    }

    [Test]
    public void WaitFor_LimitPasses_TellsTheLastLines()
    {
        using var shell = Shell();
        shell.Type("echo good; echo bad >&2");
        shell.WaitFor(new Regex("good"));

        var complaint = Assert.Throws<GuestException>((Action)(() => shell.WaitFor(new Regex("better"), seconds: 0)));
        Assert.That(complaint!.Message, Does.StartWith("sh: did not say 'better' within 0 seconds; its last lines:").And.Contain("good"));
    }

    [Test]
    public void WaitFor_ProgramEnds_TellsItsExitCodeAndComplaints()
    {
        using var shell = Shell();
        shell.Type("echo no memory >&2; exit 3");

        var complaint = Assert.Throws<GuestException>((Action)(() => shell.WaitFor(new Regex("ready"))));
        Assert.That(complaint!.Message, Does.StartWith("sh: ended with exit code 3 before it said 'ready'; its last lines:").And.Contain("no memory"));
    }

    [Test]
    public void Dispose_ProgramThatHearsNothing_IsGone()
    {
        var shell = Shell();
        shell.Type("trap '' HUP INT TERM; echo $$; while :; do read -r line; done");
        var id = shell.WaitFor(new Regex(@"(\d+)\n")).Groups[1].Value;

        shell.Dispose();
        shell.Dispose();

        Assert.That(Directory.Exists($"/proc/{id}"), Is.False);
        shell.Type("echo late");
        var complaint = Assert.Throws<GuestException>((Action)(() => shell.WaitFor(new Regex("late"))));
        Assert.That(complaint!.Message, Is.EqualTo("sh: was switched off"));
    }

    private static ConsoleProcess Shell() => new("sh", "/bin/sh", Array.Empty<string>());
}
