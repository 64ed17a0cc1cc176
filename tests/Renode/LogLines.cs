// renode-virtio-net, MIT licence: see LICENSE.
// Reads what Renode has logged through Renode's own MemoryBackend: the interface that a backend of the tests would have to implement
// differs between versions of Renode.

using Antmicro.Renode.Logging;
using Antmicro.Renode.Logging.Backends;

namespace VirtioNet.Tests.Renode;

internal static class LogLines
{
    /// <summary>
    /// The lines of this level that were logged during the action, each after the name of its source; the last thousand if there were more.
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

    // Never removed: Renode's logger does not work without any backend.
    private static readonly MemoryBackend Backend = Add();

    private static MemoryBackend Add()
    {
        var backend = new MemoryBackend();
        Logger.AddBackend(backend, "lines", true);
        return backend;
    }
}
