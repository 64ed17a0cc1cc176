// renode-virtio-net, MIT licence: see LICENSE.
// All that a legacy driver can see of the card without changing it, to tell before from after.

using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Transport;

/// <summary>Reads every register for every selection, and puts the selection back.</summary>
public static class LegacyView
{
    /// <summary>Names and values. The ISR shows as the Interrupt Status bit: reading it would clear it.</summary>
    public static SortedDictionary<string, uint> Of(LegacyCard card)
    {
        var (driver, msix) = (card.Driver, card.Driver.ConfigOffset == LegacyPciDriver.ConfigMsix);
        var view = new SortedDictionary<string, uint>(StringComparer.Ordinal);
        foreach(var row in Rows.Where(x => !x.Name.StartsWith("queue ", StringComparison.Ordinal) && x.Name != "ISR status" && (msix || x.Offset < LegacyPciDriver.Config)))
        {
            view[row.Name] = driver.Read(row.Offset, row.Width);
        }
        view["queue select"] = driver.Read(LegacyPciDriver.QueueSelect, 2);
        for(var queue = 0U; queue <= NetLayout.QueuesPerPair; queue++)
        {
            driver.Write(LegacyPciDriver.QueueSelect, 2, queue);
            view[$"queue address[{queue}]"] = driver.Read(LegacyPciDriver.QueueAddress, 4);
            view[$"queue size[{queue}]"] = driver.Read(LegacyPciDriver.QueueSize, 2);
            if(msix)
            {
                view[$"queue vector[{queue}]"] = driver.Read(LegacyPciDriver.QueueVector, 2);
            }
        }
        driver.Write(LegacyPciDriver.QueueSelect, 2, view["queue select"]);
        for(var i = 0; i < NetLayout.ConfigSizeWithDuplex; i++)
        {
            view[$"config[{i}]"] = (uint)driver.DeviceConfig(i, 1);
        }
        view["Interrupt Status"] = driver.Pci.Config(PciSpec.Status, 2) & PciSpec.StatusInterrupt;
        view["Command"] = driver.Pci.Config(PciSpec.Command, 2);
        return view;
    }

    /// <summary>The header as 4.1.4.10 lists it. The vectors are there while MSI-X is enabled.</summary>
    public static readonly LegacyRow[] Rows =
    {
        new("device features", 0x00, 4, false),
        new("driver features", 0x04, 4, true),
        new("queue address", 0x08, 4, true),
        new("queue size", 0x0C, 2, false),
        new("queue select", 0x0E, 2, true),
        new("queue notify", 0x10, 2, true),
        new("device status", 0x12, 1, true),
        new("ISR status", 0x13, 1, false),
        new("config vector", 0x14, 2, true),
        new("queue vector", 0x16, 2, true),
    };
}

/// <summary>A register of the legacy header.</summary>
public readonly record struct LegacyRow(string Name, int Offset, int Width, bool Writable);
