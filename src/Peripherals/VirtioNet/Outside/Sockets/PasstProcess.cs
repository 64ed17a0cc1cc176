// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Starts passt, which brings a network to the host's own without any privilege. passt(1).

using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Threading;

using Microsoft.Win32.SafeHandles;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>
    /// A passt with one end of a pair of sockets. It serves this one partner (--fd means --one-off), so it ends as soon as the
    /// other end is closed, however this process ends. It leaves the foreground once it is ready: until then it is waited for, and
    /// what it says is heard.
    /// </summary>
    internal static class PasstProcess
    {
        /// <summary>Starts one, and returns the socket to it. Throws IOException, with the remedy, if it cannot be started or ends at once.</summary>
        public static Socket Start(PasstOptions options)
        {
            var (ours, others) = Native.CreateSocketPair();
            var socket = new Socket(new SafeSocketHandle(ours.DangerousGetHandle(), true));
            ours.SetHandleAsInvalid();
            try
            {
                using(var process = Launch(options, others))
                {
                    WaitUntilReady(process, options);
                }
                return socket;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        // Only while one process is started may it have the descriptor: another passt that had it, too, would hide that the first
        // one has gone.
        private static Process Launch(PasstOptions options, SafeFileHandle descriptor)
        {
            var start = new ProcessStartInfo(options.Path) { RedirectStandardError = true, RedirectStandardInput = true, RedirectStandardOutput = true };
            start.ArgumentList.Add("--quiet");
            start.ArgumentList.Add("--fd");
            start.ArgumentList.Add(descriptor.DangerousGetHandle().ToString(CultureInfo.InvariantCulture));
            foreach(var argument in options.Arguments)
            {
                start.ArgumentList.Add(argument);
            }
            lock(launching)
            {
                using(descriptor)
                {
                    try
                    {
                        Native.MakeInheritable(descriptor);
                        return Process.Start(start)!;
                    }
                    catch(Win32Exception exception)
                    {
                        throw new IOException($"{options.Path} cannot be started: {exception.Message}; install the package passt, or say by path=... where it is", exception);
                    }
                }
            }
        }

        private static void WaitUntilReady(Process process, PasstOptions options)
        {
            var said = new Said();
            process.ErrorDataReceived += (_, line) => Hear(said, line.Data);
            process.BeginErrorReadLine();
            process.StandardInput.Close();
            if(!process.WaitForExit(ReadyTime))
            {
                process.Kill();
                throw new IOException($"{options.Path} was not ready within {ReadyTime / 1000} s, and was ended; look whether it is passt, and see passt(1)");
            }
            if(process.ExitCode != 0)
            {
                lock(said)
                {
                    // The last line comes after the end of the process.
                    if(!said.IsOver)
                    {
                        Monitor.Wait(said, LastWords);
                    }
                    throw new IOException($"{options.Path} has ended at once: {(said.Lines.Count == 0 ? $"exit code {process.ExitCode}" : string.Join("; ", said.Lines))}; look at the words that it was started with, and see passt(1)");
                }
            }
        }

        // What a program says is bounded. passt's own explanation of all its options comes after what is wrong.
        private static void Hear(Said said, string? line)
        {
            lock(said)
            {
                if(line == null || line.StartsWith("Usage:", StringComparison.Ordinal) || said.Lines.Count == MostLines)
                {
                    said.IsOver = true;
                    Monitor.PulseAll(said);
                }
                else if(!said.IsOver && line.Trim().Length > 0 && !Noise.Any(x => line.StartsWith(x, StringComparison.Ordinal)))
                {
                    said.Lines.Add(line.Trim());
                }
            }
        }

        private static readonly object launching = new object();
        // Without a system logger, passt says so for each line.
        private static readonly string[] Noise = { "Failed to send ", "Don't run as root. " };

        private const int MostLines = 4;
        // Milliseconds.
        private const int ReadyTime = 10_000;
        private const int LastWords = 1000;

        private sealed class Said
        {
            public List<string> Lines { get; } = new List<string>();

            public bool IsOver { get; set; }
        }
    }
}
