// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Captures of a switch without Wireshark running: "switch CaptureTo @file.pcap" in the monitor. Renode's own
// way, "emulation LogToWireshark", works with the card too; this one needs no display and repeats exactly,
// because its time stamps are virtual.

using System;
using System.IO;
using System.Linq;

using Antmicro.Migrant;
using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Tools.Network;
using Antmicro.Renode.UserInterface;

using VirtioNet.Wire;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Monitor commands of a switch.</summary>
    public static class SwitchCaptureExtensions
    {
        /// <summary>
        /// Writes every frame that enters the switch to a pcap file, which is made anew. Throws <see cref="RecoverableException"/> if the
        /// file cannot be written; a capture of the switch that runs goes on then, and ends otherwise.
        /// </summary>
        public static void CaptureTo(this Switch network, string path)
        {
            // The monitor can pass null.
            if(string.IsNullOrEmpty(path))
            {
                throw new RecoverableException($"path is \"{path}\"; it must be the path of the capture file, such as @traffic.pcap");
            }
            var externals = EmulationManager.Instance.CurrentEmulation.ExternalsManager;
            var full = Path.GetFullPath(path);
            CaptureWriters.CheckFree(full, network);
            var capture = new SwitchCapture(network, full);
            StopCapture(network);
            externals.AddExternal(capture, FreeName(externals, "capture-" + NameOf(network)));
            capture.Start();
        }

        /// <summary>Ends the capture of the switch, if there is one.</summary>
        public static void StopCapture(this Switch network)
        {
            var externals = EmulationManager.Instance.CurrentEmulation.ExternalsManager;
            foreach(var capture in externals.GetExternalsOfType<SwitchCapture>().Where(x => x.Network == network).ToList())
            {
                externals.RemoveExternal(capture);
                capture.Dispose();
            }
        }

        internal static string NameOf(Switch network)
        {
            return EmulationManager.Instance.CurrentEmulation.ExternalsManager.TryGetName(network, out var name) ? name : "switch";
        }

        // A name that no other external of the emulation has, whether it is a capture or made by the user.
        private static string FreeName(ExternalsManager externals, string wanted)
        {
            var name = wanted;
            for(var i = 2; externals.TryGetByName<IExternal>(name, out _); i++)
            {
                name = $"{wanted}-{i}";
            }
            return name;
        }
    }

    /// <summary>
    /// A capture. After a snapshot is loaded it goes on in the same file. If the file cannot be written any more, the capture logs an
    /// error and ends, and the traffic goes on.
    /// </summary>
    public sealed class SwitchCapture : IExternal, IDisposable
    {
        /// <summary>Makes the file; throws <see cref="RecoverableException"/> if that cannot be.</summary>
        public SwitchCapture(Switch network, string path)
        {
            Path = path;
            Network = network;
            try
            {
                Open(FileMode.Create);
            }
            catch(Exception e) when(e is IOException || e is UnauthorizedAccessException || e is NotSupportedException)
            {
                Close();
                throw new RecoverableException($"The capture file {path} cannot be written: {e.Message}");
            }
        }

        /// <summary>Captures from now on.</summary>
        [HideInMonitor]
        public void Start()
        {
            IsRunning = true;
            Network.FrameProcessed += Capture;
        }

        /// <summary>Ends the capture for good and closes the file.</summary>
        [HideInMonitor]
        public void Dispose()
        {
            lock(sync)
            {
                End();
            }
        }

        /// <summary>The switch.</summary>
        public Switch Network { get; }

        /// <summary>The file, with its whole path.</summary>
        public string Path { get; }

        /// <summary>False before the start, and when the capture has ended.</summary>
        public bool IsRunning { get; private set; }

        private void Capture(IExternal medium, IMACInterface sender, byte[] frame)
        {
            lock(sync)
            {
                if(!IsRunning)
                {
                    return;
                }
                try
                {
                    if(writer == null)
                    {
                        Open(FileMode.Append);
                    }
                    writer!.Write(NanosecondsOf(sender), new ReadOnlySpan<byte>(frame, 0, NetworkEntrance.LengthOf(frame)));
                    // So that the file is complete for whoever reads it while the emulation is paused, or after Renode has crashed.
                    stream!.Flush();
                }
                catch(Exception e)
                {
                    // The switch has not passed the frame on yet, so nothing may be thrown here.
                    End();
                    Network.Log(LogLevel.Error, "The capture to {0} has ended, because the file cannot be written: {1}", Path, e.Message);
                }
            }
        }

        // When the frame was sent. Frames of senders other than the plugin's cards and ports enter the switch when they are sent.
        private static ulong NanosecondsOf(IMACInterface sender)
        {
            var emulation = EmulationManager.Instance.CurrentEmulation;
            var time = sender is INetworkSender ours ? ours.Exit.SentAt : Departures.Of(emulation).Now;
            return time.TotalNanoseconds;
        }

        private void Open(FileMode mode)
        {
            stream = new FileStream(Path, mode, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            writer = new PcapWriter(stream, append: stream.Length > 0);
            stream.Flush();
        }

        private void End()
        {
            IsRunning = false;
            Network.FrameProcessed -= Capture;
            Close();
        }

        private void Close()
        {
            writer = null;
            try
            {
                stream?.Dispose();
            }
            catch(IOException)
            {
                // What could not be written is lost. Each frame is flushed, so Capture has met this error, and logs it.
            }
            stream = null;
        }

        [Transient]
        private FileStream? stream;
        [Transient]
        private PcapWriter? writer;

        private readonly object sync = new object();
    }
}
