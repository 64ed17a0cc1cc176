// renode-virtio-net, MIT licence: see LICENSE.
// What Renode has logged, by one of its own backends: what a backend of ours would have to implement differs between Renodes.

using Antmicro.Renode.Logging;
using Antmicro.Renode.Logging.Backends;

namespace VirtioNet.Tests.Renode;

internal static class LogLines
{
    /// <summary>
    /// The lines of this level that the action has logged, each with the name of whoever has spoken: the last thousand, if it was more.
    /// </summary>
    public static List<string> During(Action action, LogLevel level)
    {
        var before = Entries();
        Backend.SetLogLevel(level < LogLevel.Info ? level : LogLevel.Info);
        action();
        Logger.Flush();
        Backend.SetLogLevel(LogLevel.Info);
        return Entries().Except(before).Where(x => x.Type == level).Select(x => x.Message).ToList();
    }

    private static HashSet<MemoryLogEntry> Entries()
    {
        Logger.Flush();
        return Backend.GetMemoryLogEntries(MemoryBackend.MaxCount).ToHashSet();
    }

    // Stays for good: Renode's logger does not stand being left without a backend.
    private static readonly MemoryBackend Backend = Add();

    private static MemoryBackend Add()
    {
        var backend = new MemoryBackend();
        Logger.AddBackend(backend, "lines", true);
        return backend;
    }
}
