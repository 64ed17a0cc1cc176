// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The words of a command that is given as one text.

using System.Collections.Generic;
using System.Text;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Reads words as the monitor does: spaces are between them, and quotes of either kind around one that has spaces itself.</summary>
    internal static class NetworkWords
    {
        public static IReadOnlyList<string> Split(string text)
        {
            var words = new List<string>();
            var word = new StringBuilder();
            var quote = '\0';
            var hasWord = false;
            foreach(var character in text)
            {
                var isQuote = quote == '\0' ? character == '"' || character == '\'' : character == quote;
                if(isQuote)
                {
                    quote = quote == '\0' ? character : '\0';
                    hasWord = true;
                }
                else if(character == ' ' && quote == '\0')
                {
                    Add();
                }
                else
                {
                    word.Append(character);
                    hasWord = true;
                }
            }
            Add();
            return words;

            void Add()
            {
                if(hasWord)
                {
                    words.Add(word.ToString());
                }
                word.Clear();
                hasWord = false;
            }
        }
    }
}
