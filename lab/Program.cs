// renode-virtio-net, MIT licence: see LICENSE.
// Entry of the lab: results go to standard output, errors to standard error.

using Spectre.Console;
using VirtioNet.Lab;

// In a file or a pipe there are no colours and no progress bars.
var console = Console.IsOutputRedirected
    ? AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No })
    : AnsiConsole.Console;
return LabProgram.Run(args, console, Console.Error);
