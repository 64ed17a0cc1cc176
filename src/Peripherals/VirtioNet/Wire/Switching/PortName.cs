// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// How a user names a port without its whole name.

using System;

namespace VirtioNet.Wire.Switching
{
    /// <summary>
    /// A port has the name of an interface with the parts that lead to it, such as "node1:sysbus.pcie.net0". Its beginning up to the
    /// colon, which is the machine, or its end after the colon or a dot, will do where only one port has it.
    /// </summary>
    public static class PortName
    {
        /// <summary>True if the name is the word, or begins or ends with it as said above.</summary>
        public static bool Fits(string name, string word)
        {
            var place = name.Length - word.Length;
            return word.Length > 0 && place >= 0
                && (place == 0 ? string.Equals(name, word, StringComparison.Ordinal)
                    : (name[word.Length] == Colon && name.StartsWith(word, StringComparison.Ordinal))
                    || ((name[place - 1] == Colon || name[place - 1] == Dot) && name.EndsWith(word, StringComparison.Ordinal)));
        }

        private const char Colon = ':';
        private const char Dot = '.';
    }
}
