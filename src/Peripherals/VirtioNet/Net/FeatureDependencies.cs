#nullable enable
// Which features need others. virtio v1.4-cs01: 5.1.3.1 "Feature bit requirements". Held twice: when features are
// offered (BASE-05) and when a driver accepts them (BASE-07).

using VirtioNet.Spec;

namespace VirtioNet.Net
{
    /// <summary>The rows of 5.1.3.1 for the features that the device has.</summary>
    internal static class FeatureDependencies
    {
        /// <summary>Finds a feature of the set that lacks what it needs, and names that. False if there is none.</summary>
        public static bool TryFindBroken(FeatureSet features, out Feature feature, out string needed)
        {
            foreach(var row in Rows)
            {
                if(features.Has(row.Feature) && !features.Has(row.Needed) && !features.Has(row.OrElse))
                {
                    feature = row.Feature;
                    needed = row.Needed == row.OrElse
                        ? FeatureSelection.NameOf(row.Needed)
                        : $"{FeatureSelection.NameOf(row.Needed)} or {FeatureSelection.NameOf(row.OrElse)}";
                    return true;
                }
            }
            feature = default;
            needed = "";
            return false;
        }

        private static readonly (Feature Feature, Feature Needed, Feature OrElse)[] Rows =
        {
            (Feature.HostTso4, Feature.Csum, Feature.Csum),         // NETDEP-09
            (Feature.HostTso6, Feature.Csum, Feature.Csum),         // NETDEP-10
            (Feature.HostEcn, Feature.HostTso4, Feature.HostTso6),  // NETDEP-11
            (Feature.HostUfo, Feature.Csum, Feature.Csum),          // NETDEP-12
            (Feature.HostUso, Feature.Csum, Feature.Csum),          // NETDEP-13
        };
    }
}
