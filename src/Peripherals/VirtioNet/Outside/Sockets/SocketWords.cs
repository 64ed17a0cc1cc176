// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Words such as "server=on,addr.type=unix,addr.path=/tmp/net0", as QEMU's -netdev takes them.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace VirtioNet.Outside.Sockets
{
    /// <summary>The words of one socket, each with its value, and what is wrong with them. A comma in a value is written twice.</summary>
    internal sealed class SocketWords
    {
        /// <summary>Reads the words. Those that are not known are faults.</summary>
        public SocketWords(string words, string[] known)
        {
            foreach(var word in Split(words))
            {
                var sign = word.IndexOf('=');
                var name = sign < 0 ? word : word.Substring(0, sign);
                if(Array.IndexOf(known, name) < 0)
                {
                    Faults.Add($"\"{name}\" is not known here; the words are {string.Join(", ", known)}");
                }
                else if(sign < 0)
                {
                    Faults.Add($"{name} has no value; write {name}=...");
                }
                else if(!values.TryAdd(name, word.Substring(sign + 1)))
                {
                    Faults.Add($"{name} is there twice; leave one of them");
                }
            }
        }

        /// <summary>The value of a word, or null if it is not there.</summary>
        public string? Find(string name)
        {
            return values.TryGetValue(name, out var value) ? value : null;
        }

        /// <summary>The value of a word that is "on" or "off".</summary>
        public bool ReadSwitch(string name, bool otherwise)
        {
            var value = Find(name);
            if(value != null && value != "on" && value != "off")
            {
                Faults.Add($"{name} is \"{value}\"; it must be on or off");
            }
            return value == null ? otherwise : value == "on";
        }

        /// <summary>The value of a word that is a whole number.</summary>
        public int ReadNumber(string name, int least, int most, string unit, int otherwise)
        {
            var value = Find(name);
            if(value == null)
            {
                return otherwise;
            }
            if(int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            {
                return number;
            }
            Faults.Add($"{name} is \"{value}\"; it must be {least} to {most}{unit}");
            return otherwise;
        }

        /// <summary>Throws ArgumentException, with all faults, if there are any.</summary>
        public void ThrowIfWrong()
        {
            if(Faults.Count > 0)
            {
                throw new ArgumentException(string.Join("; ", Faults));
            }
        }

        /// <summary>What is wrong, each in a sentence that names the word, what is allowed and the remedy.</summary>
        public List<string> Faults { get; } = new List<string>();

        private static IEnumerable<string> Split(string words)
        {
            var word = new StringBuilder();
            for(var i = 0; i < words.Length; i++)
            {
                if(words[i] != ',')
                {
                    word.Append(words[i]);
                }
                else if(i + 1 < words.Length && words[i + 1] == ',')
                {
                    word.Append(',');
                    i++;
                }
                else
                {
                    yield return word.ToString();
                    word.Clear();
                }
            }
            if(word.Length > 0)
            {
                yield return word.ToString();
            }
        }

        private readonly Dictionary<string, string> values = new Dictionary<string, string>();
    }
}
