// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A TAP interface of the host. Linux: Documentation/networking/tuntap.rst.

using System;
using System.ComponentModel;
using System.IO;

using Microsoft.Win32.SafeHandles;

using VirtioNet.Wire;

namespace VirtioNet.Outside.Tap
{
    /// <summary>An open interface. Frames come and go with a header of <see cref="TapHeader"/> in front. Never waits.</summary>
    internal sealed class TapDevice : IDisposable
    {
        /// <summary>
        /// Opens the interface, which is made if there is none and the user may; the system takes an interface that was made so away when it is
        /// closed. Throws IOException, with the remedy, if it cannot be had.
        /// </summary>
        public TapDevice(string name)
        {
            var opened = Native.OpenTap(name, TapHeader.Size, out var error);
            if(opened == null || error != 0)
            {
                opened?.Dispose();
                throw new IOException($"the TAP interface {name} cannot be opened: {new Win32Exception(error).Message}; {RemedyOf(error, name)}");
            }
            handle = opened;
            var checksums = Native.SetTapOffloads(handle, Checksums | Tcp);
            var datagrams = checksums && Native.SetTapOffloads(handle, Checksums | Tcp | Datagrams);
            Offloads = new PortOffloads
            {
                Checksum = true,
                Segmentation = Segmentation.Tso4 | Segmentation.Tso6 | Segmentation.Ecn | (datagrams ? Segmentation.Uso4 | Segmentation.Uso6 : Segmentation.None),
                LargestPacket = Ethernet.HeaderSize + Ethernet.MaxPayload,
            };
        }

        /// <summary>True if the host has an interface of this name.</summary>
        public static bool Exists(string name)
        {
            return Directory.Exists($"/sys/class/net/{name}");
        }

        /// <summary>Takes the next frame with its header, as far as the buffer has room: returns the length, or the number of what was wrong, negative.</summary>
        public int Read(Span<byte> buffer)
        {
            return Native.ReadFrom(handle, buffer);
        }

        /// <summary>Gives the host a frame with its header. Returns 0, or the number of what was wrong: errno(3).</summary>
        public int Write(ReadOnlySpan<byte> frame)
        {
            return Native.WriteTo(handle, frame);
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            handle.Dispose();
        }

        /// <summary>To wait until frames can be read or written.</summary>
        public PollEntry Poll(bool reads, bool writes)
        {
            return new PollEntry(handle, reads, writes);
        }

        /// <summary>Which packets with work left the host's kernel takes.</summary>
        public PortOffloads Offloads { get; }

        private static string RemedyOf(int error, string name)
        {
            switch(error)
            {
                case Native.ErrorNotPermitted:
                case Native.ErrorAccess:
                    return $"let root make it for you: ip tuntap add {name} mode tap user $USER; or use passt, which needs no right";
                case Native.ErrorBusy:
                    return "another process has it: end that process, or choose another interface";
                case Native.ErrorNoEntry:
                    return "the host has no /dev/net/tun: modprobe tun, or give the container that device; or use passt, which needs neither";
                default:
                    return $"choose another name, or look what it is: ip -details link show {name}";
            }
        }

        private readonly SafeFileHandle handle;

        // TUN_F_CSUM.
        private const uint Checksums = 1;
        // TUN_F_TSO4, TUN_F_TSO6, TUN_F_TSO_ECN.
        private const uint Tcp = 2 | 4 | 8;
        // TUN_F_USO4, TUN_F_USO6: Linux 6.2.
        private const uint Datagrams = 0x20 | 0x40;
    }
}
