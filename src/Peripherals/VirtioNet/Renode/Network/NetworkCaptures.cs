// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The captures of a network: "net CaptureTo @traffic.pcapng" in the monitor begins one.
//
// A capture is an observer of the network, which writes down what it is shown while the network runs. What it has written then
// goes to its file at once, so that the file can be read whenever the emulation is paused. A snapshot keeps a capture. Once the
// emulation goes on after it was loaded, what was written to the file since the snapshot is cut off.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

using Antmicro.Migrant;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;

using VirtioNet.Wire.Captures;
using VirtioNet.Wire.Switching;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Begins captures, runs them with the network, and ends them. The caller holds the network's lock.</summary>
    internal sealed class NetworkCaptures : ICaptureLog
    {
        public NetworkCaptures(PacketNetwork owner, VirtualNetwork network)
        {
            this.owner = owner;
            this.network = network;
            hasGoneOn = true;
        }

        /// <summary>
        /// Begins a capture, with the file made anew or to a named pipe. Throws <see cref="RecoverableException"/> if it cannot be written, or
        /// something else is captured there.
        /// </summary>
        public void Start(string path, CaptureOptions options)
        {
            try
            {
                var full = Path.GetFullPath(path);
                CaptureWriters.CheckFree(full);
                var output = NetworkPipe.IsAt(full) ? OpenPipe(full, options) : (ICaptureOutput)new CaptureFiles(full, options);
                var capture = new NetworkCapture(network, options, output, this);
                network.Observers.Add(capture);
                captures = captures.Where(x => x.Path != full).Append(new Entry(full, options.ToString(), capture)).ToArray();
            }
            catch(Exception e) when(e is IOException || e is UnauthorizedAccessException || e is NotSupportedException || e is ArgumentException)
            {
                throw new RecoverableException($"The capture file {path} cannot be written: {e.Message}");
            }
        }

        /// <summary>Ends all captures, and forgets those that have ended.</summary>
        public void StopAll()
        {
            foreach(var entry in captures)
            {
                End(entry);
            }
            captures = Array.Empty<Entry>();
        }

        /// <summary>Ends the capture to this file. Throws <see cref="RecoverableException"/> if there is none.</summary>
        public void Stop(string path)
        {
            var full = Path.GetFullPath(path);
            var entry = captures.FirstOrDefault(x => x.Path == full);
            NetworkCommands.Check(captures.Length > 0, $"path is \"{path}\", and nothing of {network.Name} is captured: begin with CaptureTo");
            NetworkCommands.Check(entry != null, $"path is \"{path}\"; it must be one of {string.Join(", ", captures.Select(x => x.Path))}, or left out for all");
            End(entry!);
            captures = captures.Where(x => x != entry).ToArray();
        }

        /// <summary>True if a capture goes to this file. Any thread may ask: the list is replaced as a whole.</summary>
        public bool IsCapturedTo(string path)
        {
            return Array.Exists(captures, x => x.Path == path && x.Capture.IsRunning);
        }

        /// <summary>A row for each capture, those that have ended by themselves included.</summary>
        public IReadOnlyList<string[]> Table()
        {
            var headings = new[] { "File", "Options", "Packets", "Bytes", "State" };
            return captures.Select(x => new[] { x.Path, x.Options, Number(x.Capture.Written), Number(x.Capture.Bytes), StateOf(x) }).Prepend(headings).ToList();
        }

        /// <summary>The network is about to run.</summary>
        public void BeginRun()
        {
            if(hasGoneOn)
            {
                return;
            }
            hasGoneOn = true;
            foreach(var entry in captures)
            {
                entry.Capture.GoOn();
            }
        }

        /// <summary>The network has run.</summary>
        public void EndRun()
        {
            foreach(var entry in captures)
            {
                entry.Capture.Flush();
                if(!entry.Capture.IsRunning)
                {
                    network.Observers.Remove(entry.Capture);
                }
            }
        }

        /// <inheritdoc/>
        public void CaptureEnded(NetworkCapture capture, string reason, bool isFault)
        {
            var entry = captures.FirstOrDefault(x => x.Capture == capture);
            if(entry == null)
            {
                return;
            }
            entry.Reason = reason;
            if(isFault)
            {
                owner.Log(LogLevel.Error, "The capture to {0} has ended, because the file cannot be written: {1}", entry.Path, reason);
            }
            else
            {
                owner.Log(LogLevel.Info, "The capture to {0} has ended: {1}", entry.Path, reason);
            }
        }

        private void End(Entry entry)
        {
            entry.Capture.Close();
            network.Observers.Remove(entry.Capture);
        }

        private static NetworkPipe OpenPipe(string path, CaptureOptions options)
        {
            NetworkCommands.Check(options.FileBytes == 0 && options.MaxBytes == 0, $"options are \"{options}\", and {path} is a named pipe: ring and limit are for files only");
            return new NetworkPipe(path);
        }

        private static string StateOf(Entry entry)
        {
            var lost = entry.Capture.Lost == 0 ? "" : $", {Number(entry.Capture.Lost)} packets left out";
            return (entry.Capture.IsRunning ? "runs" : $"has ended: {entry.Reason}") + lost;
        }

        private static string Number(ulong number)
        {
            return number.ToString(CultureInfo.InvariantCulture);
        }

        private Entry[] captures = Array.Empty<Entry>();

        // False when a snapshot was loaded, until the network runs.
        [Transient]
        private bool hasGoneOn;

        private readonly PacketNetwork owner;
        private readonly VirtualNetwork network;

        private sealed class Entry
        {
            public Entry(string path, string options, NetworkCapture capture)
            {
                Path = path;
                Options = options;
                Capture = capture;
            }

            public string Path { get; }

            public string Options { get; }

            public NetworkCapture Capture { get; }

            // Why it has ended by itself.
            public string? Reason { get; set; }
        }
    }
}
