// renode-virtio-net, MIT licence: see LICENSE.
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
        /// Returns the set changed as the list says: each word is a feature with a leading + or -, with or without the prefix VIRTIO_F_
        /// or VIRTIO_NET_F_. What needs a feature that is taken away goes with it, unless the list asks for it. Adds to
        /// <paramref name="faults"/> one sentence if words are no supported features, and one if a feature that the list asks for lacks
        /// what it needs.
        /// </summary>
        public static FeatureSet Change(FeatureSet features, FeatureSet supported, string list, List<string> faults)
        {
            var unknown = new List<string>();
            var asked = new FeatureSet();
            foreach(var word in list.Split(Separators, StringSplitOptions.RemoveEmptyEntries))
            {
                var isAdded = word[0] == '+';
                if((!isAdded && word[0] != '-') || !TryParse(word.Substring(1), supported, out var feature))
                {
                    unknown.Add($"\"{word}\"");
                    continue;
                }
                features = isAdded ? features.With(feature) : features.Without(feature);
                asked = isAdded ? asked.With(feature) : asked.Without(feature);
            }
            if(unknown.Count > 0)
            {
                faults.Add($"features: {string.Join(", ", unknown)} {(unknown.Count == 1 ? "is" : "are")} not understood; write + or - and one of {string.Join(", ", AllIn(supported).Select(NameOf))}");
            }
            return WithoutBroken(features, asked, faults);
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

        /// <summary>The names of all features of a set.</summary>
        public static IEnumerable<string> NamesOf(FeatureSet features)
        {
            return AllIn(features).Select(NameOf);
        }

        // The set without the features that lack what they need. Taking one away can leave another one without what that needs, so the
        // search is repeated until it finds none. Adds one sentence that names those that the user has asked for.
        private static FeatureSet WithoutBroken(FeatureSet features, FeatureSet asked, List<string> faults)
        {
            var reasons = new List<string>();
            var remedy = new List<string>();
            for(var broken = FeatureDependencies.FindUseless(features).ToList(); broken.Count > 0; broken = FeatureDependencies.FindUseless(features).ToList())
            {
                foreach(var (feature, needed) in broken)
                {
                    features = features.Without(feature);
                    if(asked.Has(feature))
                    {
                        reasons.Add($"{NameOf(feature)} needs {needed}");
                        remedy.Add("+" + NameOf(feature));
                    }
                }
            }
            if(reasons.Count > 0)
            {
                faults.Add($"features: {string.Join(", ", reasons)}; add what is needed, or leave out {string.Join(" ", remedy.Distinct())}");
            }
            return features;
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
