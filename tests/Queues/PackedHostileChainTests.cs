// renode-virtio-net, MIT licence: see LICENSE.
// Packed chains that break a rule about buffers, their sum, or indirect tables: each ends in the error that names it.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Queues;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Queues;

public sealed class PackedHostileChainTests
{
    [Test]
    [Rule("H-32", "H-06")]
    public void Indirect_InAListLinkedByNext_Fails([Values(0, 1, 2)] int position)
    {
        var rig = new PackedRig(8, QueueRig.Indirect);
        var table = Table(rig, 1, i => (rig.Buffer, 1, 0));
        for(var i = 0; i < 3; i++)
        {
            var flags = (i < 2 ? RingLayout.DescNext : 0) | (i == position ? RingLayout.DescIndirect : 0);
            rig.Describe(i, table, 16, flags);
        }

        Assert.That(rig.Fault(), Is.EqualTo(QueueFault.IndirectWithNext));
        Assert.That(rig.Queue.Error!.Descriptor, Is.EqualTo(position));
    }

    [Test]
    [Rule("H-04", "H-36")]
    public void Indirect_NotNegotiated_Fails()
    {
        var rig = new PackedRig();
        rig.Describe(0, Table(rig, 1, i => (rig.Buffer, 1, 0)), 16, RingLayout.DescIndirect);

        Assert.That(rig.Fault(), Is.EqualTo(QueueFault.IndirectNotNegotiated));
    }

    [TestCase(0U)]
    [TestCase(1U)]
    [TestCase(15U)]
    [TestCase(17U)]
    [TestCase(24U)]
    [TestCase(16U * 1025)]
    [TestCase(16U * 65536)]
    [TestCase(0xFFFF_FFF0U)]
    [Rule("H-07", "H-36")]
    public void IndirectTable_OfWrongLength_Fails(uint length)
    {
        var rig = new PackedRig(8, QueueRig.Indirect, new GuestRam(1 << 22));
        rig.Ring.OfferTable(0, Table(rig, 9, i => (rig.Buffer, 1, 0)), length);
        var accesses = rig.Ram.Accesses;

        Assert.That(rig.Fault(), Is.EqualTo(QueueFault.IndirectTableSize));
        Assert.That(rig.Ram.Accesses - accesses, Is.LessThan(8));
    }

    // Only address, length and WRITE of a table's entries mean anything. WRITE of the descriptor that refers to the table means
    // nothing.
    [Test]
    [Rule("PACK-15", "H-05", "H-36", "H-19")]
    public void IndirectTable_ForeignFlagsAndIds_AreIgnored([Values(0, 0xFFFD)] int foreign, [Values(0, 0xFFFA)] int ringFlags)
    {
        var rig = new PackedRig(8, QueueRig.Indirect);
        var table = rig.Ram.Allocate(80) + 1;
        for(var i = 0; i < 4; i++)
        {
            rig.Ring.WriteDescriptor(table, i, rig.Buffer + (uint)i, (uint)i + 1, (ushort)foreign, (ushort)(foreign | (i >= 2 ? RingLayout.DescWrite : 0)));
        }
        rig.Ring.WriteDescriptor(rig.Ring.DescriptorArea, 0, table, 64, 0xABCD, (ushort)(ringFlags & 0x7F7A | 0x80 | RingLayout.DescIndirect));

        var chain = rig.Pop();

        Assert.That((chain.Id, chain.Entries), Is.EqualTo((0xABCD, 1)));
        Assert.That(rig.Queue.Readable(chain).ToArray().Select(x => (x.Address, x.Length)), Is.EqualTo(new[] { (rig.Buffer, 1U), (rig.Buffer + 1, 2U) }));
        Assert.That(rig.Queue.Writable(chain).ToArray().Select(x => (x.Address, x.Length)), Is.EqualTo(new[] { (rig.Buffer + 2, 3U), (rig.Buffer + 3, 4U) }));
    }

    [TestCaseSource(typeof(BufferTests), nameof(BufferTests.OutsideRam))]
    [Rule("H-08", "H-11", "H-15", "H-36")]
    public void IndirectTable_NotWhollyRam_Fails(ulong address)
    {
        var rig = new PackedRig(8, QueueRig.Indirect);
        rig.Ram.Unmap(0x4008_0000, 0x1000);
        rig.Ring.OfferTable(0, address, 32);

        Assert.That(rig.Fault(), Is.EqualTo(QueueFault.IndirectTableOutsideRam));
        Assert.That(rig.Queue.Error!.Address, Is.EqualTo(address));
    }

    [TestCase(256, null, Description = "2^32 bytes exactly: what a driver may describe at most")]
    [TestCase(257, QueueFault.ChainOver4GiB)]
    [Rule("H-12")]
    public void Chain_SumOfLengths_IsLimitedTo4GiB(int count, QueueFault? expected)
    {
        const int Mib16 = 1 << 24;
        var rig = new PackedRig(300, default, new GuestRam(2 * Mib16));
        rig.Ring.Add(Enumerable.Range(0, count).Select(x => new Piece(rig.Ram.Base, Mib16, x > 128)).ToArray());

        Assert.That(rig.Fault(), Is.EqualTo(expected));
    }

    private static ulong Table(PackedRig rig, int entries, Func<int, (ulong Address, uint Length, int Flags)> entry)
    {
        var table = rig.Ram.Allocate(RingLayout.DescriptorSize * entries);
        for(var i = 0; i < entries; i++)
        {
            var (address, length, flags) = entry(i);
            rig.Ring.WriteDescriptor(table, i, address, length, 0, (ushort)flags);
        }
        return table;
    }
}
