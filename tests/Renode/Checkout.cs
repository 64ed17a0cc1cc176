// renode-virtio-net, MIT licence: see LICENSE.
// Paths in this checkout.

namespace VirtioNet.Tests.Renode;

internal static class Checkout
{
    /// <summary>The root folder of the checkout.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The plugin; the tests' project builds it, as scripts/build-plugin.sh does.</summary>
    public static string Plugin { get; } = Path.Combine(Root, "build", "plugin", "VirtioNet.dll");

    private static string Find(string folder)
    {
        return File.Exists(Path.Combine(folder, "VirtioNet.Plugin.csproj")) ? folder : Find(Path.GetDirectoryName(folder)!);
    }
}
