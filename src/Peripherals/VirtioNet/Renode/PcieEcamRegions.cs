// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The host's regions on the system bus. Each is accessed by 1, 2, 4 and 8 bytes without Renode's own translation of widths, which
// would also read neighbouring registers, and reading some registers has a side effect.

using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.UserInterface;

namespace Antmicro.Renode.Peripherals.PCI
{
    public sealed partial class PcieEcamHost
    {
#pragma warning disable CS1591 // What Renode calls for each region and width; nothing to say about each.
        [ConnectionRegion("ecam"), HideInMonitor] public byte ReadByteFromEcam(long offset) => (byte)Read(Space.Config, offset, 1);
        [ConnectionRegion("ecam"), HideInMonitor] public ushort ReadWordFromEcam(long offset) => (ushort)Read(Space.Config, offset, 2);
        [ConnectionRegion("ecam"), HideInMonitor] public uint ReadDoubleWordFromEcam(long offset) => (uint)Read(Space.Config, offset, 4);
        [ConnectionRegion("ecam"), HideInMonitor] public ulong ReadQuadWordFromEcam(long offset) => Read(Space.Config, offset, 8);
        [ConnectionRegion("ecam"), HideInMonitor] public void WriteByteToEcam(long offset, byte value) => Write(Space.Config, offset, 1, value);
        [ConnectionRegion("ecam"), HideInMonitor] public void WriteWordToEcam(long offset, ushort value) => Write(Space.Config, offset, 2, value);
        [ConnectionRegion("ecam"), HideInMonitor] public void WriteDoubleWordToEcam(long offset, uint value) => Write(Space.Config, offset, 4, value);
        [ConnectionRegion("ecam"), HideInMonitor] public void WriteQuadWordToEcam(long offset, ulong value) => Write(Space.Config, offset, 8, value);

        [ConnectionRegion("mmio"), HideInMonitor] public byte ReadByteFromMmio(long offset) => (byte)Read(Space.Memory, offset, 1);
        [ConnectionRegion("mmio"), HideInMonitor] public ushort ReadWordFromMmio(long offset) => (ushort)Read(Space.Memory, offset, 2);
        [ConnectionRegion("mmio"), HideInMonitor] public uint ReadDoubleWordFromMmio(long offset) => (uint)Read(Space.Memory, offset, 4);
        [ConnectionRegion("mmio"), HideInMonitor] public ulong ReadQuadWordFromMmio(long offset) => Read(Space.Memory, offset, 8);
        [ConnectionRegion("mmio"), HideInMonitor] public void WriteByteToMmio(long offset, byte value) => Write(Space.Memory, offset, 1, value);
        [ConnectionRegion("mmio"), HideInMonitor] public void WriteWordToMmio(long offset, ushort value) => Write(Space.Memory, offset, 2, value);
        [ConnectionRegion("mmio"), HideInMonitor] public void WriteDoubleWordToMmio(long offset, uint value) => Write(Space.Memory, offset, 4, value);
        [ConnectionRegion("mmio"), HideInMonitor] public void WriteQuadWordToMmio(long offset, ulong value) => Write(Space.Memory, offset, 8, value);

        [ConnectionRegion("mmio64"), HideInMonitor] public byte ReadByteFromMmio64(long offset) => (byte)Read(Space.Memory64, offset, 1);
        [ConnectionRegion("mmio64"), HideInMonitor] public ushort ReadWordFromMmio64(long offset) => (ushort)Read(Space.Memory64, offset, 2);
        [ConnectionRegion("mmio64"), HideInMonitor] public uint ReadDoubleWordFromMmio64(long offset) => (uint)Read(Space.Memory64, offset, 4);
        [ConnectionRegion("mmio64"), HideInMonitor] public ulong ReadQuadWordFromMmio64(long offset) => Read(Space.Memory64, offset, 8);
        [ConnectionRegion("mmio64"), HideInMonitor] public void WriteByteToMmio64(long offset, byte value) => Write(Space.Memory64, offset, 1, value);
        [ConnectionRegion("mmio64"), HideInMonitor] public void WriteWordToMmio64(long offset, ushort value) => Write(Space.Memory64, offset, 2, value);
        [ConnectionRegion("mmio64"), HideInMonitor] public void WriteDoubleWordToMmio64(long offset, uint value) => Write(Space.Memory64, offset, 4, value);
        [ConnectionRegion("mmio64"), HideInMonitor] public void WriteQuadWordToMmio64(long offset, ulong value) => Write(Space.Memory64, offset, 8, value);

        [ConnectionRegion("io"), HideInMonitor] public byte ReadByteFromIo(long offset) => (byte)Read(Space.Io, offset, 1);
        [ConnectionRegion("io"), HideInMonitor] public ushort ReadWordFromIo(long offset) => (ushort)Read(Space.Io, offset, 2);
        [ConnectionRegion("io"), HideInMonitor] public uint ReadDoubleWordFromIo(long offset) => (uint)Read(Space.Io, offset, 4);
        [ConnectionRegion("io"), HideInMonitor] public ulong ReadQuadWordFromIo(long offset) => Read(Space.Io, offset, 8);
        [ConnectionRegion("io"), HideInMonitor] public void WriteByteToIo(long offset, byte value) => Write(Space.Io, offset, 1, value);
        [ConnectionRegion("io"), HideInMonitor] public void WriteWordToIo(long offset, ushort value) => Write(Space.Io, offset, 2, value);
        [ConnectionRegion("io"), HideInMonitor] public void WriteDoubleWordToIo(long offset, uint value) => Write(Space.Io, offset, 4, value);
        [ConnectionRegion("io"), HideInMonitor] public void WriteQuadWordToIo(long offset, ulong value) => Write(Space.Io, offset, 8, value);
#pragma warning restore CS1591
    }
}
