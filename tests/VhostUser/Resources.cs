// renode-virtio-net, MIT licence: see LICENSE.
// What a process holds, to tell whether something leaks.

namespace VirtioNet.Tests.VhostUser;

internal static class Resources
{
    /// <summary>Sockets, eventfds and shared files, their mappings, and threads of back ends.</summary>
    public static (int Descriptors, int Mappings, int Threads) Count()
    {
        // Closes handles that other tests have left to the finalizer.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return (
            Directory.GetFiles("/proc/self/fd").Count(x => IsOurs(new FileInfo(x).LinkTarget)),
            File.ReadLines("/proc/self/maps").Count(x => x.Contains(SharedRam.Prefix)),
            Directory.GetDirectories("/proc/self/task").Count(x => File.ReadAllText(Path.Combine(x, "comm")).StartsWith("vhost-user", StringComparison.Ordinal)));
    }

    private static bool IsOurs(string? target) =>
        target != null && (target.StartsWith("socket:", StringComparison.Ordinal) || target == "anon_inode:[eventfd]" || target.Contains(SharedRam.Prefix));
}
