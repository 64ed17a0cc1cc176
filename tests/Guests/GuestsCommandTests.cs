// renode-virtio-net, MIT licence: see LICENSE.
// "lab guests" from end to end.

using NUnit.Framework;
using Spectre.Console;
using VirtioNet.Lab;
using VirtioNet.Lab.Guests;

namespace VirtioNet.Tests.Guests;

public sealed class GuestsCommandTests
{
    [Test]
    public void Guests_PackedRings_PingAndSendFiles_AndLeaveACapture()
    {
        SkipWithoutImage();
        var capture = Path.GetTempFileName();
        try
        {
            var (code, output, error) = Run("guests", "--packed", "--no-event-idx", "--count", "3", "--size", "1", "--capture", capture);

            Assert.That(code, Is.EqualTo(LabProgram.Success), output + error);
            Assert.That(output, Does.Contain("Guest A: Linux").And.Contain("Guest B: Linux").And.Contain("packed rings").And.Not.Contain("split rings"));
            Assert.That(output, Does.Contain("3 packets transmitted, 3 packets received, 0% packet loss"));
            Assert.That(output, Does.Contain("A to B: 1 MiB arrived unchanged").And.Contain("B to A: 1 MiB arrived unchanged"));
            Assert.That(new FileInfo(capture).Length, Is.GreaterThan(2 << 20));
            Assert.That(error, Is.Empty);
        }
        finally
        {
            File.Delete(capture);
        }
    }

    [Test]
    public void Guests_InitrdThatIsNotThere_IsNamed()
    {
        SkipWithoutImage();
        var (code, _, error) = Run("guests", "--initrd", "/nowhere");

        Assert.That(code, Is.EqualTo(LabProgram.Usage));
        Assert.That(error, Does.Contain("--initrd: there is no file '/nowhere'"));
    }

    private static void SkipWithoutImage()
    {
        try
        {
            GuestImage.Find();
        }
        catch(GuestMissingException missing)
        {
            Assert.Ignore(missing.Message);
        }
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
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
        var code = LabProgram.Run(arguments, console, error);
        return (code, output.ToString(), error.ToString());
    }
}
