// renode-virtio-net, MIT licence: see LICENSE.
// Entry of the lab: standard output for results, standard error for complaints.

using Spectre.Console;
using VirtioNet.Lab;

// In a file or a pipe, colours and moving bars are noise.
var console = Console.IsOutputRedirected
    ? AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No })
    : AnsiConsole.Console;
return LabProgram.Run(args, console, Console.Error);
