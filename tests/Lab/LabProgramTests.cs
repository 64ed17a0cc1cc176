// renode-virtio-net, MIT licence: see LICENSE.
// The lab's commands from end to end: arguments in, text, capture and exit code out.

using NUnit.Framework;
using Spectre.Console;
using VirtioNet.Lab;

namespace VirtioNet.Tests.Lab;

public sealed class LabProgramTests
{
    [TestCase("")]
    [TestCase("--size 0")]
    [TestCase("--size 8972")]
    [TestCase("--no-event-idx --no-mrg-rxbuf --no-indirect-desc")]
    [TestCase("--queue-size 2")]
    public void Ping_AnyWiring_GetsEveryReply(string options)
    {
        var (code, output, error) = Run($"ping --count 3 {options}");

        Assert.That(code, Is.EqualTo(LabProgram.Success), output + error);
        Assert.That(output, Does.Contain("3 sent, 3 received, 0.0% loss").And.Contain("from 10.0.0.2: icmp_seq=3 ttl=64"));
    }

    [Test]
    public void Ping_TwoRuns_WriteTheSameCapture()
    {
        var first = Capture("ping --count 3");
        var second = Capture("ping --count 3");

        Assert.That(second, Is.EqualTo(first));
        // ARP request and reply, padded to 60 bytes, and three pairs of 98.
        Assert.That(first, Has.Length.EqualTo(24 + 2 * (16 + 60) + 6 * (16 + 98)));
    }

    [TestCase("")]
    [TestCase("--size 60")]
    [TestCase("--size 9014 --burst 300")]
    [TestCase("--no-event-idx")]
    [TestCase("--no-mrg-rxbuf")]
    [TestCase("--no-event-idx --no-mrg-rxbuf --no-indirect-desc --queue-size 4")]
    [TestCase("--burst 1024")]
    public void Throughput_AnyWiring_LosesNothing(string options)
    {
        var (code, output, error) = Run($"throughput --frames 3000 {options}");

        Assert.That(code, Is.EqualTo(LabProgram.Success), output + error);
        Assert.That(Row(output, "Frames received, checked"), Is.EqualTo("3,000 3,000"));
        Assert.That(Row(output, "Frames dropped by devices"), Is.EqualTo("0 0"));
    }

    [Test]
    public void Throughput_WithoutEventIdx_NotifiesForEveryBuffer()
    {
        var with = Run("throughput --frames 640").Output;
        var without = Run("throughput --frames 640 --no-event-idx").Output;

        Assert.That(Row(with, "Notifications per frame, receiver"), Is.EqualTo("0.0000 0.0000"));
        Assert.That(Row(without, "Notifications per frame, receiver"), Is.EqualTo("1.0000 1.0000"));
        Assert.That(Row(with, "Interrupts per frame, receiver"), Is.EqualTo("0.0156 0.0156"), "one for each burst of 64");
    }

    [Test]
    [Rule("H-80")]
    public void Throughput_BurstBeyondRingAndBacklog_FailsAndNamesTheDrops()
    {
        var (code, output, _) = Run("throughput --frames 2000 --burst 2000");

        // 256 buffers in the ring, 1024 frames in the backlog.
        Assert.That(code, Is.EqualTo(LabProgram.Failure));
        Assert.That(output, Does.Contain("FAILED A to B: 720 of 2,000 frames").And.Contain("RxDropOverruns 720"));
        Assert.That(output, Does.Contain("Note: node B: a frame of 1500 bytes, EtherType 0x88b5, was dropped").And.Contain("raise rxQueueSize"));
    }

    [Test]
    public void Throughput_MoreFramesThanACaptureTakes_SaysSo()
    {
        var output = "";
        var capture = Capture("throughput --frames 6000 --size 60", text => output = text);

        Assert.That(output, Does.Contain("the first 10,000 of 12,000 frames"));
        Assert.That(capture, Has.Length.EqualTo(24 + 10_000 * (16 + 60)));
    }

    [TestCase("ping --count 0", "--count is '0'; give a whole number from 1 to 1000000")]
    [TestCase("ping --count many", "--count is 'many'; give a whole number")]
    [TestCase("ping --count", "--count")]
    [TestCase("ping --queue-size 100", "--queue-size is '100'; give a power of two from 2 to 256")]
    [TestCase("ping --cuont 3", "'--cuont' is not known; there is --count, --size")]
    [TestCase("throughput --size 9015", "--size is '9015'; give a whole number from 60 to 9014")]
    [TestCase("throughput --capture", "--capture")]
    [TestCase("throughput --capture /nowhere/at/all.pcap", "--capture: cannot write '/nowhere/at/all.pcap'")]
    [TestCase("guests --size 65", "--size is '65'; give a whole number from 1 to 64")]
    [TestCase("guests --queue-size 4", "'--queue-size' is not known; there is --count, --size, --packed")]
    [TestCase("pong", "'pong' is not known; there is ping, throughput, guests")]
    [TestCase("", "throughput")]
    public void Run_BadArguments_NamesThemAndTheRemedy(string arguments, string message)
    {
        var (code, output, error) = Run(arguments);

        Assert.That(code, Is.EqualTo(LabProgram.Usage));
        Assert.That(error, Does.Contain(message));
        Assert.That(output, Is.Empty);
    }

    [TestCase("--help", "throughput")]
    [TestCase("ping --help", "--capture <FILE>")]
    [TestCase("guests --help", "--initrd <FILE>")]
    public void Run_Help_ExplainsAndSucceeds(string arguments, string part)
    {
        var (code, output, error) = Run(arguments);

        Assert.That(code, Is.EqualTo(LabProgram.Success));
        Assert.That(output, Does.Contain(part));
        Assert.That(error, Is.Empty);
    }

    private static (int Code, string Output, string Error) Run(string arguments)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        var code = LabProgram.Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), console, error);
        return (code, output.ToString(), error.ToString());
    }

    private static byte[] Capture(string arguments, Action<string>? read = null)
    {
        var path = Path.GetTempFileName();
        try
        {
            var (code, output, error) = Run($"{arguments} --capture {path}");
            Assert.That(code, Is.EqualTo(LabProgram.Success), output + error);
            Assert.That(output, Does.Contain(path));
            read?.Invoke(output);
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // The cells after a row's name, without the table's borders.
    private static string Row(string output, string name)
    {
        var line = output.Split('\n').Single(text => text.Contains(name, StringComparison.Ordinal));
        var cells = line[(line.IndexOf(name, StringComparison.Ordinal) + name.Length)..].Replace('│', ' ').Replace('|', ' ');
        return string.Join(' ', cells.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
