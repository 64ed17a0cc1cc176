// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a user says to a network in the monitor.

using System;
using System.Collections.Generic;
using System.Globalization;
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
                var found = commands.PortOf(nameof(port), port);
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
        /// Captures what passes the ports to a pcapng file, which is made anew, or to a named pipe that Wireshark reads. Options are such as
        /// "ports node1,node2 direction in frames snaplen 96 ring 10mb 5 limit 1gb". There may be several captures.
        /// </summary>
        public void CaptureTo(string path, string options = "")
        {
            Do("CaptureTo", path, options);
        }

        /// <summary>Ends the capture to this file or pipe, or all of them.</summary>
        public void StopCapture(string path = "")
        {
            Do("StopCapture", path);
        }

        /// <summary>A row for each capture.</summary>
        public string[,] Captures()
        {
            return TableOf(_ => captures.Table());
        }

        /// <summary>
        /// Executes a command of the network at a virtual time in seconds: packets sent before pass as if it had not been given. For
        /// example At "1.5" "SetLink net0 delay 10ms loss 1%", At "2" "Partition a,b c", At "3" "Heal".
        /// </summary>
        public void At(string time, string command)
        {
            var isRead = decimal.TryParse(time, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= MaxSeconds;
            NetworkCommands.Check(isRead, $"time is \"{time}\"; it must be seconds of virtual time, such as \"1.5\", up to {MaxSeconds}");
            var when = (ulong)(seconds * NanosecondsPerSecond);
            lock(sync)
            {
                var now = departures.Now.TotalNanoseconds;
                NetworkCommands.Check(when >= now, $"time is \"{time}\"; it must not be before now, which is {(now / (decimal)NanosecondsPerSecond).ToString(CultureInfo.InvariantCulture)} s");
                // Whatever is wrong with the command is said now.
                commands.Prepare(NetworkWords.Split(command ?? ""));
                schedule.Add(when, command!);
            }
        }

        /// <summary>
        /// Executes a command of the network once, when a packet comes, and just before it passes. The packet: a port or "any"; in
        /// (from the device) or out (to it); perhaps which one, counted from now on; perhaps its kind. For example On "node1 in 100"
        /// "SetLink node1 down", On "any out tcp port 80" "CaptureTo web.pcapng".
        /// </summary>
        public void On(string packet, string command)
        {
            lock(sync)
            {
                var waited = commands.PacketOf(nameof(packet), packet);
                commands.Prepare(NetworkWords.Split(command ?? ""));
                schedule.Add(waited, command!);
            }
        }

        /// <summary>A row for each command of At and On that is not done yet, with the packets that its event has seen.</summary>
        public string[,] Schedule()
        {
            return TableOf(_ => schedule.Table());
        }

        /// <summary>Takes back a command of At or On, by its number in the table of Schedule.</summary>
        public void Cancel(long number)
        {
            lock(sync)
            {
                schedule.Cancel(number);
            }
        }

        /// <summary>Takes back all commands of At and On.</summary>
        public void CancelAll()
        {
            lock(sync)
            {
                schedule.CancelAll();
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

        /// <summary>The time or the packet of a command has come. The lock is held.</summary>
        internal void Execute(ScheduledCommand command)
        {
            try
            {
                commands.Prepare(NetworkWords.Split(command.Text))();
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
                commands.Prepare(words)();
            }
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

        private static string WordsOf(Link link)
        {
            var words = link.Settings.ToString();
            return words.Length == 0 ? "passes everything at once" : words;
        }

        private const int NanosecondsPerSecond = 1_000_000_000;
        // Some 30 years.
        private const int MaxSeconds = 1_000_000_000;
    }
}
