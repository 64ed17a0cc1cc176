// renode-virtio-net, MIT licence: see LICENSE.
// Memory that a front end shares, and may want to take away.

using NUnit.Framework;
using VirtioNet.Driver;

namespace VirtioNet.Tests.VhostUser;

public sealed class MemoryTests
{
    // If a front end could truncate the file, the back end's next access to the lost part would end its process (SIGBUS).
    [Test]
    public void Memory_ThatCanBeSealed_IsNotCutShortAnyMore()
    {
        using var rig = new BackendRig();
        using var ram = new SharedRam(file: Linux.Memory(4 << 20));
        Assert.That(Linux.TryCut(ram.File, 5 << 20), Is.True, "nobody has sealed it before");
        Assert.That(Linux.TryCut(ram.File, 4 << 20), Is.True);
        using var transport = new VhostUserDriver(rig.Path, ram: ram);
        var driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(false, true, true), 16);
        Assert.That(Linux.TryCut(ram.File, 0), Is.False);
        TrafficTests.Exchange(rig, driver, 100);
    }

    [Test]
    public void Memory_ThatTakesNoSeal_IsServed()
    {
        using var rig = new BackendRig();
        using var ram = new SharedRam(file: Linux.Memory(4 << 20, canBeSealed: false));
        using var transport = new VhostUserDriver(rig.Path, ram: ram);
        var driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(false, true, true), 16);
        TrafficTests.Exchange(rig, driver, 100);
    }

    // A file may be sparse, so its length costs no memory. The limit counts what is shared now, not all that ever was.
    [Test]
    public void Memory_OfThreeTebibytes_CanBeSharedAgainAndAgain()
    {
        using var rig = new BackendRig();
        using var transport = new VhostUserDriver(rig.Path);
        var driver = new NetDriver(transport);
        driver.Start(TrafficTests.Wanted(false, true, true), 16);
        using var large = Linux.Memory(3L << 40);
        var table = FrontEnd.Table((transport.Ram.Base, (ulong)transport.Ram.Size, SharedRam.UserBase, 0), (1UL << 40, 3UL << 40, 1UL << 40, 0));
        for(var i = 0; i < 3; i++)
        {
            transport.FrontEnd.Send(Request.SetMemTable, table, FrontEnd.Version, transport.Ram.File, large);
            transport.FrontEnd.Settle();
            TrafficTests.Exchange(rig, driver, 100 + i);
        }
        Assert.That(rig.Reports, Is.Empty);
    }
}
