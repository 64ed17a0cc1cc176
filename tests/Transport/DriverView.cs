// renode-virtio-net, MIT licence: see LICENSE.
// All that a driver can see of the card without changing it, to tell before from after.

using VirtioNet.Driver;
using VirtioNet.Pci;

namespace VirtioNet.Tests.Transport;

/// <summary>Reads every register of the common configuration for every selection, and puts the selections back.</summary>
public static class DriverView
{
    /// <summary>Register names and values. The ISR shows as the Interrupt Status bit: reading it would clear it.</summary>
    public static SortedDictionary<string, uint> Of(VirtioPciDriver driver)
    {
        var view = new SortedDictionary<string, uint>(StringComparer.Ordinal);
        foreach(var field in Fields.Where(x => !x.Name.StartsWith("queue_", StringComparison.Ordinal) && !x.Name.EndsWith("_feature", StringComparison.Ordinal)))
        {
            view[field.Name] = driver.Common(field.Offset, field.Width);
        }
        view["queue_select"] = driver.Common(CommonCfg.QueueSelect, 2);
        for(var word = 0U; word <= 4; word++)
        {
            driver.Common(CommonCfg.DeviceFeatureSelect, 4, word);
            driver.Common(CommonCfg.DriverFeatureSelect, 4, word);
            view[$"device_feature[{word}]"] = driver.Common(CommonCfg.DeviceFeature, 4);
            view[$"driver_feature[{word}]"] = driver.Common(CommonCfg.DriverFeature, 4);
        }
        for(var queue = 0U; queue <= view["num_queues"]; queue++)
        {
            driver.Common(CommonCfg.QueueSelect, 2, queue);
            foreach(var field in Fields.Where(x => x.Name.StartsWith("queue_", StringComparison.Ordinal) && x.Offset != CommonCfg.QueueSelect))
            {
                view[$"{field.Name}[{queue}]"] = driver.Common(field.Offset, field.Width);
            }
        }
        driver.Common(CommonCfg.DeviceFeatureSelect, 4, view["device_feature_select"]);
        driver.Common(CommonCfg.DriverFeatureSelect, 4, view["driver_feature_select"]);
        driver.Common(CommonCfg.QueueSelect, 2, view["queue_select"]);
        view["Interrupt Status"] = driver.Config(PciSpec.Status, 2) & PciSpec.StatusInterrupt;
        view["Command"] = driver.Config(PciSpec.Command, 2);
        return view;
    }

    /// <summary>Names of what differs.</summary>
    public static string[] Changes(SortedDictionary<string, uint> before, SortedDictionary<string, uint> after)
    {
        return before.Keys.Where(x => before[x] != after[x]).ToArray();
    }

    /// <summary>struct virtio_pci_common_cfg as 4.1.4.3 lists it; a 64-bit field is its two halves.</summary>
    public static readonly CommonField[] Fields =
    {
        new("device_feature_select", 0x00, 4, true),
        new("device_feature", 0x04, 4, false),
        new("driver_feature_select", 0x08, 4, true),
        new("driver_feature", 0x0C, 4, true),
        new("config_msix_vector", 0x10, 2, true),
        new("num_queues", 0x12, 2, false),
        new("device_status", 0x14, 1, true),
        new("config_generation", 0x15, 1, false),
        new("queue_select", 0x16, 2, true),
        new("queue_size", 0x18, 2, true),
        new("queue_msix_vector", 0x1A, 2, true),
        new("queue_enable", 0x1C, 2, true),
        new("queue_notify_off", 0x1E, 2, false),
        new("queue_desc", 0x20, 4, true),
        new("queue_desc_hi", 0x24, 4, true),
        new("queue_driver", 0x28, 4, true),
        new("queue_driver_hi", 0x2C, 4, true),
        new("queue_device", 0x30, 4, true),
        new("queue_device_hi", 0x34, 4, true),
        new("queue_notif_config_data", 0x38, 2, false),
        new("queue_reset", 0x3A, 2, true),
        new("admin_queue_index", 0x3C, 2, false),
        new("admin_queue_num", 0x3E, 2, false),
    };
}

/// <summary>A register of the common configuration.</summary>
public readonly record struct CommonField(string Name, int Offset, int Width, bool Writable);
