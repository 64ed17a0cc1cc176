// renode-virtio-net, MIT licence: see LICENSE.
// Where ids of rules occur in a text, whether or not there is such a rule.

using System.Text.RegularExpressions;

namespace VirtioNet.Tests.Conformance;

/// <summary>Finds ids of the groups that docs/conformance.md has.</summary>
public static partial class IdSearch
{
    /// <summary>The ids in a text, in their order and with repetitions.</summary>
    public static IEnumerable<string> In(string text)
    {
        return Id().Matches(text).Select(x => x.Value);
    }

    /// <summary>True if a text has ids and says nothing else, as "Hazards H-01, H-02 and H-31." does.</summary>
    public static bool AreAllOf(string text)
    {
        return Id().IsMatch(text) && !Word().IsMatch(Binding().Replace(Id().Replace(text, ""), ""));
    }

    [GeneratedRegex(@"\b(?:(?:BASE|FEAT|SPLIT|PACK|SHM|PCI|LEG|MMIO|MMIOL|NET|NETDEP|NETL|NETFF|NETIPSEC|ADM|H|PCIH|F|E)-\d{1,3}|[IR]\d)\b")]
    private static partial Regex Id();

    [GeneratedRegex(@"\b(?:and|or|to|too|see|rules?|hazards?|invariants?|reactions?)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Binding();

    [GeneratedRegex(@"\w")]
    private static partial Regex Word();
}
