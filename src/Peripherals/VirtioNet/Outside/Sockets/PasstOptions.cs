// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How a passt is to be, in the words of QEMU's "-netdev passt" as far as there are any. passt(1).

using System.Collections.Generic;
using System.Linq;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>What whoever has a passt started chooses. Always right: wrong words make none. Whether a value is, passt says.</summary>
    public sealed class PasstOptions
    {
        private PasstOptions(string path, List<string> arguments)
        {
            Path = path;
            Arguments = arguments;
        }

        /// <summary>
        /// Reads words such as "tcp-ports=2222:22,mtu=1500"; "" is all that is needed. Throws ArgumentException with everything
        /// that is wrong at once.
        /// </summary>
        public static PasstOptions Parse(string words)
        {
            var read = new SocketWords(words, new[] { PathWord, MtuWord, MapGatewayWord }.Concat(Options.Select(x => x.Word)).ToArray());
            var path = read.Find(PathWord) ?? DefaultPath;
            if(path.Trim().Length == 0)
            {
                read.Faults.Add($"{PathWord} is \"{path}\"; it must be the program, or leave it out for passt itself");
            }
            var arguments = new List<string> { "--mtu", $"{read.ReadNumber(MtuWord, MinMtu, MaxMtu, " bytes", DefaultMtu)}" };
            if(!read.ReadSwitch(MapGatewayWord, true))
            {
                arguments.Add("--no-map-gw");
            }
            foreach(var (word, option) in Options)
            {
                var value = read.Find(word);
                if(value?.Trim().Length == 0)
                {
                    read.Faults.Add($"{word} has no value; write one as passt's {option} takes it, or leave the word out");
                }
                if(value != null)
                {
                    arguments.Add(option);
                    arguments.Add(value);
                }
            }
            read.ThrowIfWrong();
            return new PasstOptions(path, arguments);
        }

        /// <summary>The program.</summary>
        public string Path { get; }

        /// <summary>What it is told besides what a port needs.</summary>
        internal IReadOnlyList<string> Arguments { get; }

        private static readonly (string Word, string Option)[] Options =
        {
            ("tcp-ports", "--tcp-ports"),
            ("udp-ports", "--udp-ports"),
            ("address", "--address"),
            ("netmask", "--netmask"),
            ("gateway", "--gateway"),
            ("mac", "--mac-addr"),
            ("interface", "--interface"),
            ("dns", "--dns"),
        };

        private const string PathWord = "path";
        private const string MtuWord = "mtu";
        private const string MapGatewayWord = "map-gw";
        private const string DefaultPath = "passt";
        // passt's own default is 65520, which it gives to guests by DHCP: more than a card takes unless its mtu was raised.
        private const int DefaultMtu = 1500;
        private const int MinMtu = 68;
        private const int MaxMtu = 65520;
    }
}
