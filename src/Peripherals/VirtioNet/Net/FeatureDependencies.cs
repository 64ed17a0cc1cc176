// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Which features need others. virtio v1.4-cs01: 5.1.3.1 "Feature bit requirements". A device does not offer a feature without
// what it needs (BASE-05), and does not accept one without it from a driver (BASE-07).

using System;
using System.Collections.Generic;
using System.Linq;

using VirtioNet.Spec;

namespace VirtioNet.Net
{
    /// <summary>The rows of 5.1.3.1 for the features that the device has.</summary>
    internal static class FeatureDependencies
    {
        /// <summary>
        /// Each feature of the set that lacks one that it needs, with the name of that one, or of several of which one would
        /// do: "CSUM", "HOST_TSO4 or HOST_TSO6".
        /// </summary>
        public static IEnumerable<(Feature Feature, string Needed)> FindBroken(FeatureSet features)
        {
            return FindBroken(features, Rows);
        }

        /// <summary>
        /// The same for a set that is to be offered. It also names features that are of no use without another, though the spec lets a
        /// driver accept them alone (NETDEP-27).
        /// </summary>
        public static IEnumerable<(Feature Feature, string Needed)> FindUseless(FeatureSet offered)
        {
            return FindBroken(offered, Rows.Concat(RowsOfAnOffer));
        }

        private static IEnumerable<(Feature Feature, string Needed)> FindBroken(FeatureSet features, IEnumerable<(Feature Feature, Feature[] Needed)> rows)
        {
            return rows.Where(x => features.Has(x.Feature) && !Array.Exists(x.Needed, features.Has))
                .Select(x => (x.Feature, string.Join(" or ", x.Needed.Select(FeatureSelection.NameOf))));
        }

        // A feature, and those of which it needs one; it needs one of each of its rows.
        private static readonly (Feature Feature, Feature[] Needed)[] Rows =
        {
            (Feature.GuestTso4, new[] { Feature.GuestCsum }),
            (Feature.GuestTso6, new[] { Feature.GuestCsum }),
            (Feature.GuestEcn, new[] { Feature.GuestTso4, Feature.GuestTso6 }),
            (Feature.GuestUfo, new[] { Feature.GuestCsum }),
            (Feature.GuestUso4, new[] { Feature.GuestCsum }),
            (Feature.GuestUso6, new[] { Feature.GuestCsum }),
            (Feature.HostTso4, new[] { Feature.Csum }),
            (Feature.HostTso6, new[] { Feature.Csum }),
            (Feature.HostEcn, new[] { Feature.HostTso4, Feature.HostTso6 }),
            (Feature.HostUfo, new[] { Feature.Csum }),
            (Feature.HostUso, new[] { Feature.Csum }),
            (Feature.GuestUdpTunnelGso, new[] { Feature.GuestTso4 }),
            (Feature.GuestUdpTunnelGso, new[] { Feature.GuestTso6 }),
            (Feature.GuestUdpTunnelGso, new[] { Feature.GuestUso4 }),
            (Feature.GuestUdpTunnelGso, new[] { Feature.GuestUso6 }),
            (Feature.GuestUdpTunnelGsoCsum, new[] { Feature.GuestUdpTunnelGso }),
            (Feature.HostUdpTunnelGso, new[] { Feature.HostTso4 }),
            (Feature.HostUdpTunnelGso, new[] { Feature.HostTso6 }),
            (Feature.HostUdpTunnelGso, new[] { Feature.HostUso }),
            (Feature.HostUdpTunnelGsoCsum, new[] { Feature.HostUdpTunnelGso }),
            (Feature.CtrlRx, new[] { Feature.CtrlVq }),
            (Feature.CtrlVlan, new[] { Feature.CtrlVq }),
            (Feature.GuestAnnounce, new[] { Feature.CtrlVq }),
            (Feature.Mq, new[] { Feature.CtrlVq }),
            (Feature.CtrlMacAddr, new[] { Feature.CtrlVq }),
            (Feature.NotfCoal, new[] { Feature.CtrlVq }),
            (Feature.VqNotfCoal, new[] { Feature.CtrlVq }),
            (Feature.Rss, new[] { Feature.CtrlVq }),
            (Feature.HashTunnel, new[] { Feature.CtrlVq }),
            (Feature.HashTunnel, new[] { Feature.Rss, Feature.HashReport }),
        };

        private static readonly (Feature Feature, Feature[] Needed)[] RowsOfAnOffer =
        {
            (Feature.CtrlRxExtra, new[] { Feature.CtrlVq }),
            (Feature.CtrlGuestOffloads, new[] { Feature.CtrlVq }),
            (Feature.HashReport, new[] { Feature.CtrlVq }),
            (Feature.DeviceStats, new[] { Feature.CtrlVq }),
        };
    }
}
