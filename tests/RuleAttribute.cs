// Ties a test to the rules it holds: ids of the conformance and hazard lists (docs/conformance.md).

namespace VirtioNet.Tests;

/// <summary>The ids of the rules that the test would notice being broken, such as "SPLIT-18" or "H-03".</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
public sealed class RuleAttribute : Attribute
{
    public RuleAttribute(params string[] ids)
    {
        Ids = ids;
    }

    public IReadOnlyList<string> Ids { get; }
}
