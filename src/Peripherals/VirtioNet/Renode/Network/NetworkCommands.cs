// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The commands of a network: each is checked before anything is changed, whether it is done at once, at a virtual time, or when a packet comes.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

using Antmicro.Renode.Exceptions;

using VirtioNet.Wire.Captures;
using VirtioNet.Wire.Links;
using VirtioNet.Wire.Switching;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Reads commands in the user's words, and does them. The caller holds the network's lock.</summary>
    internal sealed class NetworkCommands
    {
        public NetworkCommands(VirtualNetwork network, NetworkCaptures captures)
        {
            this.network = network;
            this.captures = captures;
        }

        /// <summary>
        /// Checks a command, given as its name and its arguments, and returns what does it. Throws RecoverableException with the user's word,
        /// what is allowed and the remedy. The monitor can pass null for each argument.
        /// </summary>
        public Action Prepare(IReadOnlyList<string> words)
        {
            switch(words.Count == 0 ? "" : words[0])
            {
            case "SetLink":
                return PrepareLinks(words, x => new[] { x.In, x.Out });
            case "SetLinkIn":
                return PrepareLinks(words, x => new[] { x.In });
            case "SetLinkOut":
                return PrepareLinks(words, x => new[] { x.Out });
            case "SetVlan":
                return PrepareVlan(words);
            case "Mirror":
                return PrepareMirror(words);
            case "StormLimit":
                return PrepareStormLimit(words);
            case "Partition":
                return PreparePartition(words.Skip(1).ToArray());
            case "Heal":
                Expect(words, 0);
                return HealAll;
            case "ResetCounters":
                Expect(words, 0);
                return ResetAll;
            case "Picture":
                Expect(words, 1);
                return PreparePicture(PathIn(words[1]));
            case "CaptureTo":
                return PrepareCapture(words);
            case "StopCapture":
                return PrepareStopCapture(words);
            default:
                throw new RecoverableException($"command is \"{string.Join(" ", words)}\"; it must begin with one of {CommandNames}");
            }
        }

        /// <summary>
        /// The port of this name; or whose name ends so after a colon or dot ("net0" for "left:sysbus.pcie.net0"), or is of this machine, if there is
        /// one such port only.
        /// </summary>
        public NetworkPort PortOf(string parameter, string? name)
        {
            var found = PortsCalled(name);
            Check(network.Ports.Count > 0, $"{parameter} is \"{name}\", and nothing is connected to {network.Name} yet: connect it first, with connector Connect");
            Check(found.Count > 0, $"{parameter} is \"{name}\"; it must be one of {NamesOf(network.Ports)}");
            Check(found.Count <= 1, $"{parameter} is \"{name}\", which fits several: write one of {NamesOf(found)}");
            return found[0];
        }

        /// <summary>The packet that these words are about: a port or "any", a direction, perhaps a number and a kind.</summary>
        public PacketEvent PacketOf(string parameter, string? text)
        {
            var words = NetworkWords.Split(text ?? "");
            Check(words.Count > 0, $"{parameter} is \"{text}\"; it must be a port or any, in or out, and perhaps a number and a kind, such as \"node1 in 100\" or \"any out tcp port 80\"");
            var port = words[0] == "any" ? null : PortOf(parameter, words[0]).Name;
            Check(PacketEvent.TryParse(port, words.Skip(1).ToArray(), out var made, out var fault), fault);
            return made;
        }

        /// <summary>Throws unless the value is allowed.</summary>
        public static void Check(bool isAllowed, string sentence)
        {
            if(!isAllowed)
            {
                throw new RecoverableException(sentence);
            }
        }

        private List<NetworkPort> PortsCalled(string? name)
        {
            var exact = network.Ports.Where(x => x.Name == name).ToList();
            return exact.Count > 0 ? exact : network.Ports.Where(x => PortName.Fits(x.Name, name ?? "")).ToList();
        }

        private Action PrepareLinks(IReadOnlyList<string> words, Func<NetworkPort, Link[]> choose)
        {
            Expect(words, 2);
            var links = choose(PortOf("port", words[1]));
            var text = string.Join(" ", words.Skip(2));
            Check(text.Length > 0, "words is \"\"; it must be what changes, such as \"delay 10ms loss 1%\"");
            foreach(var link in links)
            {
                Check(LinkSettings.TryChange(link.Settings, text, out _, out var fault), fault);
            }
            return () =>
            {
                foreach(var link in links)
                {
                    LinkSettings.TryChange(link.Settings, text, out var after, out _);
                    link.Settings = after;
                }
            };
        }

        private Action PrepareVlan(IReadOnlyList<string> words)
        {
            Expect(words, 2);
            var port = PortOf("port", words[1]);
            Check(PortVlan.TryParse(string.Join(" ", words.Skip(2)), out var vlan, out var fault), fault);
            return () => port.Vlan = vlan;
        }

        private Action PrepareMirror(IReadOnlyList<string> words)
        {
            Expect(words, 2);
            var port = PortOf("port", words[1]);
            var to = words[2] == "none" ? null : PortOf("to", words[2]);
            Check(to != port, $"to is \"{words[2]}\", which is the port itself; choose another one of {NamesOf(network.Ports)}, or \"none\"");
            return () => port.MirroredTo = to;
        }

        private Action PrepareStormLimit(IReadOnlyList<string> words)
        {
            Expect(words, 2);
            var port = PortOf("port", words[1]);
            var isRead = ulong.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out var frames);
            Check(isRead, $"frames is {words[2]}; it must be 0, for no limit, or more frames a second");
            return () => port.StormLimit = frames;
        }

        private Action PreparePartition(string[] texts)
        {
            Check(texts.Length > 0, "groups are missing; write each as a list of ports, such as Partition \"left,right\" \"third\"");
            var groups = texts.Select(x => (x ?? "").Split(',', StringSplitOptions.TrimEntries).Select(y => PortOf("groups", y)).ToList()).ToList();
            var twice = groups.SelectMany(x => x).GroupBy(x => x).FirstOrDefault(x => x.Count() > 1);
            Check(twice == null, $"groups have {twice?.Key.Name} twice; it can be in one group only");
            if(groups.Count == 1)
            {
                groups.Add(network.Ports.Except(groups[0]).ToList());
            }
            return () =>
            {
                HealAll();
                foreach(var group in groups)
                {
                    group.ForEach(x => x.Group = NamesOf(group));
                }
                foreach(var (one, other) in groups.SelectMany((x, i) => groups.Skip(i + 1).Select(y => (x, y))))
                {
                    network.Groups.Separate(NamesOf(one), NamesOf(other));
                }
            };
        }

        private Action PreparePicture(string path)
        {
            var isSvg = HasEnding(path, ".svg");
            Check(isSvg || HasEnding(path, ".dot"), $"path is \"{path}\"; it must be a file that ends with .svg or .dot, such as @network.svg");
            return () =>
            {
                try
                {
                    File.WriteAllText(path, isSvg ? NetworkPicture.ToSvg(network) : NetworkPicture.ToDot(network));
                }
                catch(Exception e) when(e is IOException || e is UnauthorizedAccessException || e is ArgumentException || e is NotSupportedException)
                {
                    throw new RecoverableException($"The picture {path} cannot be written: {e.Message}");
                }
            };
        }

        private Action PrepareCapture(IReadOnlyList<string> words)
        {
            Expect(words, 1);
            var path = PathIn(words[1]);
            Check(!string.IsNullOrEmpty(path), "path is \"\"; it must be the path of the capture file, or of a named pipe, such as @traffic.pcapng");
            Check(CaptureOptions.TryRead(string.Join(" ", words.Skip(2)), out var options, out var fault), fault);
            var names = options.Ports.Select(x => PortsCalled(x).Count == 0 ? x : PortOf("ports", x).Name).ToArray();
            options = new CaptureOptions(options) { Ports = names };
            return () => captures.Start(path, options);
        }

        private Action PrepareStopCapture(IReadOnlyList<string> words)
        {
            var path = words.Count > 1 ? PathIn(words[1]) : "";
            return path.Length == 0 ? captures.StopAll : () => captures.Stop(path);
        }

        private void HealAll()
        {
            network.Groups.Heal();
            foreach(var port in network.Ports)
            {
                port.Group = port.Name;
            }
        }

        private void ResetAll()
        {
            foreach(var port in network.Ports)
            {
                port.Sent.Reset();
                port.Received.Reset();
            }
        }

        private static void Expect(IReadOnlyList<string> words, int arguments)
        {
            Check(words.Count > arguments, $"command is \"{string.Join(" ", words)}\"; {words[0]} needs {arguments} arguments");
        }

        // The monitor takes the @ away, but not out of a text such as At's.
        private static string PathIn(string? word)
        {
            return word == null ? "" : word.StartsWith('@') ? word.Substring(1) : word;
        }

        private static string NamesOf(IEnumerable<NetworkPort> ports)
        {
            return string.Join(", ", ports.Select(x => x.Name));
        }

        private static bool HasEnding(string path, string ending)
        {
            return path.EndsWith(ending, StringComparison.OrdinalIgnoreCase);
        }

        private readonly VirtualNetwork network;
        private readonly NetworkCaptures captures;

        private const string CommandNames = "SetLink, SetLinkIn, SetLinkOut, SetVlan, Mirror, StormLimit, Partition, Heal, ResetCounters, Picture, CaptureTo, StopCapture";
    }
}
