// renode-virtio-net, MIT licence: see LICENSE.
// A function that counts how often the bus looks at the functions on it.

using VirtioNet.Pci;

namespace VirtioNet.Tests.Pci;

/// <summary>Plugged into a bus beside what is tested, it sees the bus work out windows and lines anew.</summary>
public sealed class WatchingFunction : IPciFunction
{
    public ulong ReadConfig(int offset, int width) => config.Read(offset, width);

    public void WriteConfig(int offset, int width, ulong value)
    {
    }

    public ulong ReadBar(Bar bar, ulong offset, int width) => 0;

    public void WriteBar(Bar bar, ulong offset, int width, ulong value)
    {
    }

    public void PlugInto(PciBus? bus)
    {
    }

    /// <summary>How often the bus has worked out windows, and how often lines, since the last call.</summary>
    public (int Windows, int Lines) Take()
    {
        var taken = (windows, lines);
        (windows, lines) = (0, 0);
        return taken;
    }

    /// <summary>Read once each time that windows are worked out: the function has no BAR.</summary>
    public ConfigSpace Config
    {
        get
        {
            windows++;
            return config;
        }
    }

    public bool InterruptAsserted
    {
        get
        {
            lines++;
            return false;
        }
    }

    private int windows;
    private int lines;

    private readonly ConfigSpace config = new();
}
