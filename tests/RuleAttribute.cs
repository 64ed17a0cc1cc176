// renode-virtio-net, MIT licence: see LICENSE.
// Ties a test to the rules it holds: ids of the conformance and hazard lists (docs/conformance.md).

using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace VirtioNet.Tests;

/// <summary>
/// The ids of the rules that the test would notice being broken, such as "SPLIT-18" or "H-03". NUnit can choose tests by
/// them: dotnet test tests/Tests.csproj -- NUnit.Where="Rule == 'H-03'".
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
public sealed class RuleAttribute : Attribute, IApplyToTest
{
    /// <summary>Takes ids that docs/conformance has.</summary>
    public RuleAttribute(params string[] ids)
    {
        Ids = ids;
    }

    public IReadOnlyList<string> Ids { get; }

    public void ApplyToTest(Test test)
    {
        foreach(var id in Ids)
        {
            test.Properties.Add("Rule", id);
        }
    }
}
