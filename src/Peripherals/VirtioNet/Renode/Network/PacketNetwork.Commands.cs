// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a user says to a network in the monitor.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Tools.Network;

using VirtioNet.Wire.Links;
using VirtioNet.Wire.Switching;

namespace Antmicro.Renode.Peripherals.Network
{
    public sealed partial class PacketNetwork
    {
        /// <summary>A row for each port, with its settings.</summary>
        public string[,] Ports()
        {
            return TableOf(NetworkTables.Ports);
        }

        /// <summary>A row for each learned address.</summary>
        public string[,] Addresses()
        {
            return TableOf(NetworkTables.Addresses);
        }

        /// <summary>Two rows for each port: what its device has sent, and what was delivered to it.</summary>
        public string[,] Counters()
        {
            return TableOf(NetworkTables.Counters);
        }

        /// <summary>A row for each port, direction and reason for which frames were dropped.</summary>
        public string[,] Drops()
        {
            return TableOf(NetworkTables.Drops);
        }

        /// <summary>What the links of a port do, in tc-netem's words: from the device to the network, and back.</summary>
        public string GetLink(string port)
        {
            lock(sync)
            {
                var found = PortOf(nameof(port), port);
                return $"in: {WordsOf(found.In)}\nout: {WordsOf(found.Out)}";
            }
        }

        /// <summary>Changes both directions, such as "delay 10ms loss 1%". What the words do not name stays.</summary>
        public void SetLink(string port, string words)
        {
            Do("SetLink", port, words);
        }

        /// <summary>Changes the direction from the device to the network.</summary>
        public void SetLinkIn(string port, string words)
        {
            Do("SetLinkIn", port, words);
        }

        /// <summary>Changes the direction from the network to the device.</summary>
        public void SetLinkOut(string port, string words)
        {
            Do("SetLinkOut", port, words);
        }

        /// <summary>The VLANs that the port carries: "none", "access 10", "trunk 10,20-30", "trunk all", "trunk 10,20 native 5".</summary>
        public void SetVlan(string port, string words)
        {
            Do("SetVlan", port, words);
        }

        /// <summary>A copy of all packets of a port goes to another one, which gets nothing else; "none" ends that.</summary>
        public void Mirror(string port, string to)
        {
            Do("Mirror", port, to);
        }

        /// <summary>Most frames in a second that the network sends on from this port to all others; 0: no limit.</summary>
        public void StormLimit(string port, long frames)
        {
            Do("StormLimit", port, frames.ToString(CultureInfo.InvariantCulture));
        }

        /// <summary>
        /// Divides the network: nothing passes between the groups, each a list such as "left,right". One group alone is divided from
        /// all other ports. A port that is in no group reaches all. Another partition takes the place of this one.
        /// </summary>
        public void Partition(params string[] groups)
        {
            Do((groups ?? Array.Empty<string>()).Prepend("Partition").ToArray());
        }

        /// <summary>Takes the partition away.</summary>
        public void Heal()
        {
            Do("Heal");
        }

        /// <summary>Sets all counters to 0.</summary>
        public void ResetCounters()
        {
            Do("ResetCounters");
        }

        /// <summary>Draws the network into a file: .svg for a browser, .dot for Graphviz.</summary>
        public void Picture(string path)
        {
            Do("Picture", path);
        }

        /// <summary>
        /// Executes a command of the network at a virtual time in seconds: packets sent before pass as if it had not been given. For
        /// example At "1.5" "SetLink net0 delay 10ms loss 1%", At "2" "Partition a,b c", At "3" "Heal".
        /// </summary>
        public void At(string time, string command)
        {
            var isRead = decimal.TryParse(time, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= MaxSeconds;
            Check(isRead, $"time is \"{time}\"; it must be seconds of virtual time, such as \"1.5\", up to {MaxSeconds}");
            var when = (ulong)(seconds * NanosecondsPerSecond);
            lock(sync)
            {
                var now = departures.Now.TotalNanoseconds;
                Check(when >= now, $"time is \"{time}\"; it must not be before now, which is {(now / (decimal)NanosecondsPerSecond).ToString(CultureInfo.InvariantCulture)} s");
                // Whatever is wrong with the command is said now.
                Prepare(NetworkWords.Split(command ?? ""));
                var place = schedule.FindIndex(x => x.Time > when);
                schedule.Insert(place < 0 ? schedule.Count : place, new ScheduledCommand(when, command!));
            }
        }

        /// <summary>Connects a switch of Renode's. Its port is called "uplink-" and the switch's name.</summary>
        public void UplinkTo(Switch network)
        {
            if(network == null)
            {
                throw new RecoverableException("network is null; it must be a switch, made with: emulation CreateSwitch \"switch\"");
            }
            var emulation = EmulationManager.Instance.CurrentEmulation;
            var name = $"uplink-{(emulation.ExternalsManager.TryGetName(network, out var found) ? found : "switch")}";
            lock(sync)
            {
                if(this.network.Find(name) != null)
                {
                    throw new RecoverableException($"network is {found}, to which there is an uplink already: one is enough");
                }
            }
            var uplink = new NetworkUplink();
            emulation.ExternalsManager.AddExternal(uplink, $"{this.network.Name}-{name}");
            emulation.Connector.Connect(uplink, network);
            Attach(uplink.Other, name);
        }

        private void Execute(ScheduledCommand command)
        {
            try
            {
                Prepare(NetworkWords.Split(command.Text))();
                this.Log(LogLevel.Info, "{0}", command.Text);
            }
            catch(RecoverableException e)
            {
                // The port may have been disconnected since.
                this.Log(LogLevel.Warning, "{0} is not done: {1}", command.Text, e.Message);
            }
        }

        private void Do(params string[] words)
        {
            lock(sync)
            {
                Prepare(words)();
            }
        }

        // Checks a command, given as its name and its arguments, and returns what does it. The monitor can pass null for each text.
        private Action Prepare(IReadOnlyList<string> words)
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
                return PreparePicture(words[1]);
            default:
                throw new RecoverableException($"command is \"{string.Join(" ", words)}\"; it must begin with one of {CommandNames}");
            }
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

        // By its name, or by the end of its name after a colon or dot, if no other port has the same: "net0" for "left:sysbus.pcie.net0". Or by
        // the machine's name.
        private NetworkPort PortOf(string parameter, string? name)
        {
            var found = network.Ports.Where(x => x.Name == name).ToList();
            if(found.Count == 0 && !string.IsNullOrEmpty(name))
            {
                found = network.Ports.Where(x => x.Name.EndsWith(":" + name, StringComparison.Ordinal) || x.Name.EndsWith("." + name, StringComparison.Ordinal) || x.Name.StartsWith(name + ":", StringComparison.Ordinal)).ToList();
            }
            Check(network.Ports.Count > 0, $"{parameter} is \"{name}\", and nothing is connected to {network.Name} yet: connect it first, with connector Connect");
            Check(found.Count > 0, $"{parameter} is \"{name}\"; it must be one of {NamesOf(network.Ports)}");
            Check(found.Count <= 1, $"{parameter} is \"{name}\", which is the end of several: write one of {NamesOf(found)}");
            return found[0];
        }

        private string[,] TableOf(Func<VirtualNetwork, IReadOnlyList<string[]>> make)
        {
            lock(sync)
            {
                var rows = make(network);
                var table = new string[rows.Count, rows[0].Length];
                for(var i = 0; i < rows.Count; i++)
                {
                    for(var j = 0; j < rows[i].Length; j++)
                    {
                        table[i, j] = rows[i][j];
                    }
                }
                return table;
            }
        }

        private static void Expect(IReadOnlyList<string> words, int arguments)
        {
            Check(words.Count > arguments, $"command is \"{string.Join(" ", words)}\"; {words[0]} needs {arguments} arguments");
        }

        private static void Check(bool isAllowed, string sentence)
        {
            if(!isAllowed)
            {
                throw new RecoverableException(sentence);
            }
        }

        private static string WordsOf(Link link)
        {
            var words = link.Settings.ToString();
            return words.Length == 0 ? "passes everything at once" : words;
        }

        private static string NamesOf(IEnumerable<NetworkPort> ports)
        {
            return string.Join(", ", ports.Select(x => x.Name));
        }

        private static bool HasEnding(string? path, string ending)
        {
            return path != null && path.EndsWith(ending, StringComparison.OrdinalIgnoreCase);
        }

        private const int NanosecondsPerSecond = 1_000_000_000;
        // Some 30 years.
        private const int MaxSeconds = 1_000_000_000;
        private const string CommandNames = "SetLink, SetLinkIn, SetLinkOut, SetVlan, Mirror, StormLimit, Partition, Heal, ResetCounters, Picture";
    }
}
