// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a capture takes, how, and how much of it.

using System;
using System.Collections.Generic;
using System.Globalization;

using VirtioNet.Wire.Links;
using VirtioNet.Wire.Switching;

namespace VirtioNet.Wire.Captures
{
    /// <summary>Never changes. The default takes everything, whole, without end.</summary>
    public sealed class CaptureOptions
    {
        /// <summary>
        /// Reads options such as "ports net0,net1 direction in snaplen 96 frames ring 10mb 5 limit 1gb", in any order; none is the
        /// default. If they are wrong, <paramref name="fault"/> says what, what is allowed, and the remedy.
        /// </summary>
        public static bool TryRead(string words, out CaptureOptions options, out string fault)
        {
            options = new CaptureOptions();
            var left = new Queue<string>(words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            string? wrong = null;
            while(wrong == null && left.Count > 0)
            {
                wrong = Read(left.Dequeue(), left, ref options);
            }
            fault = wrong ?? "";
            return wrong == null;
        }

        /// <summary>The default.</summary>
        public CaptureOptions()
        {
        }

        /// <summary>A copy, of which some are changed.</summary>
        public CaptureOptions(CaptureOptions other)
        {
            Ports = other.Ports;
            Direction = other.Direction;
            FinishesFrames = other.FinishesFrames;
            SnapLength = other.SnapLength;
            FileBytes = other.FileBytes;
            FileCount = other.FileCount;
            MaxBytes = other.MaxBytes;
        }

        /// <summary>True if packets of this port in this direction are taken.</summary>
        public bool Takes(string port, PortDirection direction)
        {
            return (Direction == null || Direction == direction) && (Ports.Length == 0 || Fits(port));
        }

        /// <summary>The words that make it.</summary>
        public override string ToString()
        {
            var words = new List<string>();
            if(Ports.Length > 0)
            {
                words.Add("ports " + string.Join(',', Ports));
            }
            if(Direction != null)
            {
                words.Add("direction " + (Direction == PortDirection.In ? "in" : "out"));
            }
            if(FinishesFrames)
            {
                words.Add("frames");
            }
            if(SnapLength != PcapngWriter.MaxSnapLength)
            {
                words.Add("snaplen " + SnapLength.ToString(CultureInfo.InvariantCulture));
            }
            if(FileBytes != 0)
            {
                words.Add("ring " + LinkUnits.Size((ulong)FileBytes) + (FileCount == 0 ? "" : " " + FileCount.ToString(CultureInfo.InvariantCulture)));
            }
            if(MaxBytes != 0)
            {
                words.Add("limit " + LinkUnits.Size((ulong)MaxBytes));
            }
            return string.Join(' ', words);
        }

        /// <summary>Names of the ports, as <see cref="PortName"/> takes them; none: all ports. They need not be connected yet.</summary>
        public string[] Ports { get; init; } = Array.Empty<string>();

        /// <summary>The direction; null: both.</summary>
        public PortDirection? Direction { get; init; }

        /// <summary>Large and unfinished packets are written as the frames that they become.</summary>
        public bool FinishesFrames { get; init; }

        /// <summary>Most bytes of each packet.</summary>
        public int SnapLength { get; init; } = PcapngWriter.MaxSnapLength;

        /// <summary>Most bytes of a file, then the next one is begun; 0: there is one file.</summary>
        public long FileBytes { get; init; }

        /// <summary>Files that are kept, the newest; 0: all.</summary>
        public int FileCount { get; init; }

        /// <summary>Bytes after which the capture ends, those of all files together; 0: no limit.</summary>
        public long MaxBytes { get; init; }

        private bool Fits(string port)
        {
            foreach(var name in Ports)
            {
                if(PortName.Fits(port, name))
                {
                    return true;
                }
            }
            return false;
        }

        // Takes the values of a word, and changes the options. Returns what is wrong, or null.
        private static string? Read(string word, Queue<string> left, ref CaptureOptions options)
        {
            var value = left.Count > 0 && word != "frames" ? left.Dequeue() : "";
            switch(word)
            {
            case "ports":
                var names = value.Split(',', StringSplitOptions.RemoveEmptyEntries);
                options = new CaptureOptions(options) { Ports = names };
                return names.Length > 0 ? null : "ports needs names with commas between them, such as \"ports net0,net1\"";
            case "direction":
                options = new CaptureOptions(options) { Direction = value == "in" ? PortDirection.In : value == "out" ? PortDirection.Out : (PortDirection?)null };
                return options.Direction != null || value == "both" ? null : Fault(word, value, "in (from the device), out or both");
            case "frames":
                options = new CaptureOptions(options) { FinishesFrames = true };
                return null;
            case "snaplen":
                options = new CaptureOptions(options) { SnapLength = (int)SizeOf(value, 1, PcapngWriter.MaxSnapLength) };
                return options.SnapLength != 0 ? null : Fault(word, value, $"1 to {PcapngWriter.MaxSnapLength} bytes");
            case "limit":
                options = new CaptureOptions(options) { MaxBytes = SizeOf(value, MinBytes, long.MaxValue) };
                return options.MaxBytes != 0 ? null : Fault(word, value, "4kb or more, such as 100mb");
            case "ring":
                return ReadRing(value, left, ref options);
            default:
                return $"{word} is no option of a capture: choose of ports, direction, frames, snaplen, ring and limit";
            }
        }

        private static string? ReadRing(string size, Queue<string> left, ref CaptureOptions options)
        {
            var files = 0;
            var text = left.Count > 0 && char.IsAsciiDigit(left.Peek()[0]) ? left.Dequeue() : "";
            if(text.Length > 0 && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out files) && files >= MinFiles))
            {
                return Fault("ring's number of files", text, $"{MinFiles} or more");
            }
            options = new CaptureOptions(options) { FileBytes = SizeOf(size, MinBytes, long.MaxValue), FileCount = files };
            return options.FileBytes != 0 ? null : Fault("ring", size, "4kb or more for each file, and perhaps how many are kept, such as \"ring 10mb 5\"");
        }

        // 0 if it is none of these.
        private static long SizeOf(string text, long least, long most)
        {
            return LinkUnits.TrySize(text, out var size) && size >= (ulong)least && size <= (ulong)most ? (long)size : 0;
        }

        private static string Fault(string what, string value, string allowed)
        {
            return $"{what} is \"{value}\"; it must be {allowed}";
        }

        private const long MinBytes = 4096;
        // Of one, nothing would be left whenever it is begun anew.
        private const int MinFiles = 2;
    }
}
