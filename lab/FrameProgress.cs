// renode-virtio-net, MIT licence: see LICENSE.
// Shows how far a run has got: a bar on a terminal, a line at each quarter in a file or a pipe.

using Spectre.Console;

namespace VirtioNet.Lab;

/// <summary>Shows the progress of counted work.</summary>
internal static class FrameProgress
{
    /// <summary>Runs the work, which calls its argument with the frames that it has done since the last call.</summary>
    public static void Show(IAnsiConsole console, string name, int total, Action<Action<int>> work)
    {
        if(!console.Profile.Capabilities.Interactive)
        {
            ShowQuarters(console, name, total, work);
            return;
        }
        console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask(name, maxValue: total);
                work(step => task.Increment(step));
            });
    }

    private static void ShowQuarters(IAnsiConsole console, string name, int total, Action<Action<int>> work)
    {
        var done = 0L;
        var shown = 0L;
        work(step =>
        {
            done += step;
            var quarters = done * 4 / total;
            if(quarters > shown)
            {
                shown = quarters;
                Report.Line(console, $"{name}: {quarters * 25}%");
            }
        });
    }
}
