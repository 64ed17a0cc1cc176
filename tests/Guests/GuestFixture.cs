// renode-virtio-net, MIT licence: see LICENSE.
// What the tests with Linux guests share: a network with guests for each test, which is cleaned up afterwards.

using System.Globalization;
using NUnit.Framework;
using VirtioNet.Lab.Guests;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Guests;

/// <summary>A network for each test. Where guests cannot be had, the test is skipped with the reason.</summary>
public abstract class GuestFixture
{
    [SetUp]
    public void SwitchOn()
    {
        try
        {
            network = new GuestNetwork(GuestImage.Find());
        }
        catch(GuestMissingException missing)
        {
            Assert.Ignore(missing.Message);
        }
    }

    /// <summary>Ends all guests, also if the test failed, and checks that no device complained.</summary>
    [TearDown]
    public void SwitchOff()
    {
        var complaints = network?.Complaints.ToList();
        network?.Dispose();
        network = null;
        Assert.That(complaints, Is.Null.Or.Empty, "what the devices complained of");
    }

    /// <summary>Adds a port whose device offers such features.</summary>
    protected GuestPort AddPort(string features, int queuePairs = 1)
    {
        var number = Network.Ports.Count + 1;
        return Network.AddPort($"g{number}", number, features, queuePairs);
    }

    /// <summary>A guest that has booted, whose driver runs the rings.</summary>
    protected QemuGuest Boot(GuestPort port, QemuCard? card = null)
    {
        var guest = Network.StartGuest(port, card);
        WaitUntilUp(port, guest);
        return guest;
    }

    /// <summary>Waits for the guest's shell and its driver.</summary>
    protected static void WaitUntilUp(GuestPort port, QemuGuest guest)
    {
        guest.WaitUntilReady();
        port.WaitUntil(x => x.IsRunning, "started by the driver");
    }

    /// <summary>Checks that device and driver both have negotiated the expected ones of some features.</summary>
    protected static void AssertFeatures(GuestPort port, QemuGuest guest, FeatureSet expected, FeatureSet among)
    {
        var card = guest.Run("card");
        var seen = card.Split("features=0x")[1].Split(' ')[0];
        var inGuest = new FeatureSet(ulong.Parse(seen[Math.Max(0, seen.Length - 16)..], NumberStyles.HexNumber, CultureInfo.InvariantCulture), 0);
        Assert.That((port.Backend.Features & among).ToString(), Is.EqualTo(expected.ToString()), $"what the device of {port.Name} has");
        Assert.That((inGuest & among).ToString(), Is.EqualTo(expected.ToString()), $"what the driver says: {card}");
    }

    protected GuestNetwork Network => network!;

    protected static string AddressOf(GuestPort port) => $"192.168.100.{port.Mac.Value & 0xFF}";

    private GuestNetwork? network;
}
