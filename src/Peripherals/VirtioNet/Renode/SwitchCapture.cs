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
using Antmicro.Renode.Network;
using Antmicro.Renode.Peripherals.Network;
using Antmicro.Renode.Tools.Network;
using Antmicro.Renode.Utilities;

using VirtioNet.Net;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Monitor commands of a switch.</summary>
    public static class SwitchCaptureExtensions
    {
        /// <summary>Writes every frame that enters the switch to a pcap file, which is made anew.</summary>
        public static void CaptureTo(this Switch network, WriteFilePath path)
        {
            StopCapture(network);
            EmulationManager.Instance.CurrentEmulation.ExternalsManager.AddExternal(
                new SwitchCapture(network, path), $"capture-{Path.GetFileNameWithoutExtension(path)}");
        }

        /// <summary>Ends the capture of the switch, if there is one.</summary>
        public static void StopCapture(this Switch network)
        {
            var externals = EmulationManager.Instance.CurrentEmulation.ExternalsManager;
            foreach(var capture in externals.Externals.OfType<SwitchCapture>().Where(x => x.Network == network).ToList())
            {
                externals.RemoveExternal(capture);
                capture.Dispose();
            }
        }
    }

    /// <summary>A capture that runs. After a snapshot is loaded it goes on in the same file.</summary>
    public sealed class SwitchCapture : IExternal, IDisposable
    {
        /// <summary>Makes the file and starts; throws <see cref="RecoverableException"/> if the file cannot be made.</summary>
        public SwitchCapture(Switch network, string path)
        {
            this.path = path;
            Network = network;
            Open(FileMode.Create);
            network.FrameProcessed += Capture;
        }

        /// <summary>Ends the capture and closes the file.</summary>
        public void Dispose()
        {
            lock(sync)
            {
                Network.FrameProcessed -= Capture;
                stream?.Dispose();
                stream = null;
            }
        }

        /// <summary>The switch.</summary>
        public Switch Network { get; }

        private void Capture(IExternal medium, IMACInterface sender, byte[] frame)
        {
            var time = EmulationManager.Instance.CurrentEmulation.MasterTimeSource.ElapsedVirtualTime;
            lock(sync)
            {
                if(stream == null)
                {
                    Open(FileMode.Append);
                }
                // Some interfaces send their frames with a check sequence, which a capture has not.
                var length = EthernetFrame.CheckCRC(frame) ? frame.Length - EthernetFrame.CRCLength : frame.Length;
                writer!.Write((ulong)(time.TotalMicroseconds * NanosecondsPerMicrosecond), new ReadOnlySpan<byte>(frame, 0, length));
                // A capture is read while the emulation stands still, or after it died.
                stream!.Flush();
            }
        }

        private void Open(FileMode mode)
        {
            try
            {
                stream = new FileStream(path, mode, FileAccess.Write, FileShare.Read);
                writer = new PcapWriter(stream, append: stream.Length > 0);
            }
            catch(Exception e) when(e is IOException || e is UnauthorizedAccessException)
            {
                throw new RecoverableException($"The capture file {path} cannot be written: {e.Message}");
            }
        }

        [Transient]
        private FileStream? stream;
        [Transient]
        private PcapWriter? writer;

        private readonly string path;
        private readonly object sync = new object();

        private const ulong NanosecondsPerMicrosecond = 1000;
    }
}
