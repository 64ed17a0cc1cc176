#nullable enable
// Features as a user writes them, to change what a card offers: "+RING_PACKED -EVENT_IDX".

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

using VirtioNet.Spec;

namespace VirtioNet.Net
{
    /// <summary>Reads lists of features by the spec's names.</summary>
    internal static class FeatureSelection
    {
        /// <summary>
        /// The set changed as the list says: words with a leading + or -, the prefixes VIRTIO_F_ and VIRTIO_NET_F_
        /// allowed. Throws ArgumentException for a word that is none of the supported features.
        /// </summary>
        public static FeatureSet Change(FeatureSet features, FeatureSet supported, string list)
        {
            foreach(var word in list.Split(Separators, StringSplitOptions.RemoveEmptyEntries))
            {
                var isAdded = word[0] == '+';
                if((!isAdded && word[0] != '-') || !TryParse(word.Substring(1), supported, out var feature))
                {
                    var names = string.Join(", ", AllIn(supported).Select(NameOf));
                    throw new ArgumentException($"features: \"{word}\" is not understood; write + or - and one of {names}");
                }
                features = isAdded ? features.With(feature) : features.Without(feature);
            }
            return features;
        }

        /// <summary>The spec's name of a feature without its prefix, such as EVENT_IDX.</summary>
        public static string NameOf(Feature feature)
        {
            var name = new StringBuilder();
            var member = feature.ToString();
            for(var i = 0; i < member.Length; i++)
            {
                if(i > 0 && char.IsUpper(member[i]))
                {
                    name.Append('_');
                }
                name.Append(char.ToUpperInvariant(member[i]));
            }
            return name.ToString();
        }

        private static bool TryParse(string name, FeatureSet supported, out Feature feature)
        {
            foreach(var prefix in Prefixes)
            {
                if(name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                {
                    name = name.Substring(prefix.Length);
                }
            }
            feature = AllIn(supported).FirstOrDefault(x => string.Equals(NameOf(x), name, StringComparison.OrdinalIgnoreCase));
            return string.Equals(NameOf(feature), name, StringComparison.OrdinalIgnoreCase) && supported.Has(feature);
        }

        private static IEnumerable<Feature> AllIn(FeatureSet features)
        {
            return Enum.GetValues(typeof(Feature)).Cast<Feature>().Where(x => features.Has(x));
        }

        private static readonly char[] Separators = { ' ', ',', '\t' };
        private static readonly string[] Prefixes = { "VIRTIO_F_", "VIRTIO_NET_F_" };
    }
}
