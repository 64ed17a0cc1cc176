// renode-virtio-net, MIT licence: see LICENSE.
// The whole state of a card on virtio-mmio, to compare before and after; much of it a driver can write but not read.

using System.Globalization;
using VirtioNet.Driver;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Tests.Transport;

/// <summary>Names and values; a value of a queue is named "name[queue]".</summary>
public static class MmioView
{
    public static SortedDictionary<string, string> Of(MmioMachine machine)
    {
        var (transport, view) = (machine.Card.Transport, new SortedDictionary<string, string>(StringComparer.Ordinal));
        void Add(string name, object value) => view[name] = Convert.ToString(value, CultureInfo.InvariantCulture)!;
        Add("Status", transport.Status);
        Add("DeviceFeaturesSel", machine.Card.Selection.DeviceFeatures);
        Add("DriverFeaturesSel", machine.Card.Selection.DriverFeatures);
        Add("DriverFeatures", transport.DriverFeatures);
        Add("GuestPageSize", machine.Card.GuestPageSize);
        Add("QueueSel", machine.Card.Selection.Queue);
        Add("InterruptACK", machine.Card.InterruptStatus);
        Add("line", machine.Line);
        Add("memory", machine.Ram.Accesses);
        Add("frames", machine.Sent.Count);
        Add("mac", BitConverter.ToString(machine.Device.Mac.ToArray()));
        for(var i = 0; transport.HasQueue(i); i++)
        {
            Add($"QueueSize[{i}]", transport.LayoutOf(i).Size);
            Add($"QueueAlign[{i}]", machine.Card.QueueAligns[i]);
            Add($"QueueReady[{i}]", transport.IsEnabled(i));
            foreach(var area in Enum.GetValues<QueueArea>())
            {
                Add($"{area}Low[{i}]", transport.AreaOf(i, area) & uint.MaxValue);
                Add($"{area}High[{i}]", transport.AreaOf(i, area) >> 32);
            }
        }
        return view;
    }

    /// <summary>Names of what differs, without the queue.</summary>
    public static string[] Changes(SortedDictionary<string, string> before, SortedDictionary<string, string> after)
    {
        return before.Keys.Where(x => before[x] != after[x]).Select(x => x.Split('[')[0]).Distinct().ToArray();
    }

    /// <summary>What a driver may write, by the table of 4.2.2: offset, and the name of the one thing that it sets.</summary>
    public static readonly (int Offset, string Name)[] WritableModern =
    {
        (MmioReg.DeviceFeaturesSel, "DeviceFeaturesSel"), (MmioReg.DriverFeatures, "DriverFeatures"),
        (MmioReg.DriverFeaturesSel, "DriverFeaturesSel"), (MmioReg.QueueSel, "QueueSel"), (MmioReg.QueueSize, "QueueSize"),
        (MmioReg.QueueReady, "QueueReady"), (MmioReg.QueueNotify, "frames"), (MmioReg.InterruptACK, "InterruptACK"),
        (MmioReg.Status, "Status"),
        (MmioReg.QueueDesc, "DescriptorLow"), (MmioReg.QueueDesc + 4, "DescriptorHigh"),
        (MmioReg.QueueDriver, "DriverLow"), (MmioReg.QueueDriver + 4, "DriverHigh"),
        (MmioReg.QueueDevice, "DeviceLow"), (MmioReg.QueueDevice + 4, "DeviceHigh"),
        (MmioReg.SHMSel, "nothing"), (MmioReg.QueueReset, "nothing"),
    };

    /// <summary>The same for version 1, by the table of 4.2.4.</summary>
    public static readonly (int Offset, string Name)[] WritableLegacy =
    {
        (MmioReg.DeviceFeaturesSel, "DeviceFeaturesSel"), (MmioReg.DriverFeatures, "DriverFeatures"),
        (MmioReg.DriverFeaturesSel, "DriverFeaturesSel"), (MmioReg.GuestPageSize, "GuestPageSize"),
        (MmioReg.QueueSel, "QueueSel"), (MmioReg.QueueSize, "QueueSize"), (MmioReg.QueueAlign, "QueueAlign"),
        (MmioReg.QueuePFN, "QueueReady"), (MmioReg.QueueNotify, "frames"), (MmioReg.InterruptACK, "InterruptACK"),
        (MmioReg.Status, "Status"),
    };

    public static (int Offset, string Name)[] Writable(int version) => version == MmioLayout.ModernVersion ? WritableModern : WritableLegacy;
}
