// renode-virtio-net, MIT licence: see LICENSE.
// The time that this process has used the processors, finer than Process.TotalProcessorTime has it. clock_gettime(2).

using System.Runtime.InteropServices;

namespace VirtioNet.Bench.Network;

/// <summary>Unlike the time of day it does not count what other processes do meanwhile. All threads together.</summary>
internal static class ProcessorTime
{
    /// <summary>Since the process was started.</summary>
    public static TimeSpan Now
    {
        get
        {
            if(Read(ProcessClock, out var time) != 0)
            {
                throw new InvalidOperationException("this system has no clock of a process's time: the bench needs Linux");
            }
            return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick);
        }
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Read(int clock, out Time time);

    // CLOCK_PROCESS_CPUTIME_ID
    private const int ProcessClock = 2;

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
