// renode-virtio-net, MIT licence: see LICENSE.
// MSI-X by itself: the table, the pending bits, and when a message is sent. How virtio's events use it is in
// Transport/MsixTests. PCI Local Bus 3.0: 6.8.2.

using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Pci;

namespace VirtioNet.Tests.Pci;

[Rule("PCIH-07")]
public sealed class MsixTests
{
    [TestCase(1, 0x1000)]
    [TestCase(254, 0x1000)]
    [TestCase(255, 0x2000)]
    [TestCase(2048, 0x10000)]
    public void Capability_OfAnySize_TellsWhereTableAndPendingBitsLie(int vectors, int barSize)
    {
        var function = new MessageFunction(vectors);
        Assert.That(function.Config.Bars.Single().Size, Is.EqualTo((ulong)barSize), "a power of two that holds both");
        Assert.That(function.Control, Is.EqualTo(vectors - 1), "the size less 1, neither enabled nor masked");
        Assert.That(function.Bench.ReadConfig(1, function.Msix.Offset + 4, 4), Is.EqualTo(2), "offset 0 of BAR 2");
        Assert.That(function.Bench.ReadConfig(1, function.Msix.Offset + 8, 4), Is.EqualTo(16 * vectors | 2));
        function.Control = 0xFFFF;
        Assert.That(function.Control, Is.EqualTo(0xC000 | (vectors - 1)), "the size is read-only");
    }

    [Test]
    [Rule("H-58")]
    public void Message_WrittenByAnyAllowedWidth_IsReadBackAndSentWhole([Values(4, 8)] int width)
    {
        var function = new MessageFunction(4) { Control = MsixDriver.Enable };
        var entry = new byte[16];
        BitConverter.TryWriteBytes(entry, 0xFEDC_BA98_7654_3213);
        BitConverter.TryWriteBytes(entry.AsSpan(8), 0x8765_4321);
        for(var i = 0; i < entry.Length; i += width)
        {
            function.Store(MessageFunction.Entry(2) + (uint)i, width, width == 8 ? BitConverter.ToUInt64(entry, i) : BitConverter.ToUInt32(entry, i));
        }
        // The two lowest bits of an address are always 0.
        Assert.That(function.Load(MessageFunction.Entry(2), 8), Is.EqualTo(0xFEDC_BA98_7654_3210));
        Assert.That(function.Load(MessageFunction.Entry(2) + 8, 8), Is.EqualTo(0x8765_4321));
        Assert.That(Enumerable.Range(0, 4).Select(x => function.Load(MessageFunction.Entry(2) + 4 * (uint)x, 4)), Is.EqualTo(new ulong[] { 0x7654_3210, 0xFEDC_BA98, 0x8765_4321, 0 }));
        function.Msix.Notify(2);
        Assert.That(function.Messages, Is.EqualTo(new[] { (0xFEDC_BA98_7654_3210, 0x8765_4321U) }));
    }

    [Test]
    public void Address_WrittenByHalves_KeepsTheOtherHalf()
    {
        var function = new MessageFunction(2);
        function.Store(MessageFunction.Entry(1), 8, 0xFEDC_BA98_7654_3210);
        function.Store(MessageFunction.Entry(1), 4, 0x0123_4563);
        Assert.That(function.Load(MessageFunction.Entry(1), 8), Is.EqualTo(0xFEDC_BA98_0123_4560));
        function.Store(MessageFunction.Entry(1) + 4, 4, 0x1357_9BDF);
        Assert.That(function.Load(MessageFunction.Entry(1), 8), Is.EqualTo(0x1357_9BDF_0123_4560));
    }

    [Test]
    public void PendingBits_BeyondTheLastVector_AreZero([Values(1, 65)] int vectors)
    {
        var function = new MessageFunction(vectors) { Control = MsixDriver.Enable };
        for(var vector = 0; vector < vectors; vector++)
        {
            function.Msix.Notify(vector);
        }
        for(var offset = function.PendingBits + (uint)(vectors / 32 * 4) + 4; offset < 0x1000; offset += 4)
        {
            Assert.That(function.Load(offset, 4), Is.Zero);
        }
    }

    [Test]
    public void PendingBit_OfAnyVector_IsItsOwn([Values(0, 1, 31, 32, 63, 64)] int vector)
    {
        var function = new MessageFunction(65) { Control = MsixDriver.Enable };
        function.Msix.Notify(vector);
        Assert.That(function.Pending, Is.EqualTo(new[] { vector }));
        Assert.That(function.Load(function.PendingBits + (uint)(vector / 32 * 4), 4), Is.EqualTo(1UL << (vector % 32)));
        function.Store(function.PendingBits, 8, 0);
        Assert.That(function.LastWriteTaken, Is.False, "read-only");
        Assert.That(function.Pending, Is.EqualTo(new[] { vector }));
    }

    [Test]
    [Rule("H-101")]
    public void Table_AccessedByOtherWidthsOrBetweenFields_ReadsZeroAndKeepsItsValues([Values(1, 2, 4, 8)] int width)
    {
        var function = new MessageFunction(2) { Control = MsixDriver.Enable };
        function.Store(MessageFunction.Entry(1), 8, 0x1234_5678_9ABC_DEF0);
        function.Store(MessageFunction.Entry(1) + 8, 8, 0x0000_0001_89AB_CDEF);
        function.Msix.Notify(1);
        for(var offset = 0UL; offset < function.PendingBits + 8; offset++)
        {
            if(width < 4 || offset % (uint)width != 0)
            {
                function.Store(offset, width, 0);
                Assert.That(function.LastWriteTaken, Is.False);
                Assert.That(function.Load(offset, width), Is.Zero);
            }
        }
        Assert.That(function.Load(MessageFunction.Entry(1), 8), Is.EqualTo(0x1234_5678_9ABC_DEF0));
        Assert.That(function.Load(MessageFunction.Entry(1) + 8, 8), Is.EqualTo(0x0000_0001_89AB_CDEF));
        Assert.That(function.Pending, Is.EqualTo(new[] { 1 }));
    }

    [TestCase("the vector is masked")]
    [TestCase("the function is masked")]
    [TestCase("MSI-X is disabled")]
    [TestCase("no bus mastering")]
    [TestCase("asleep")]
    [Rule("PCIH-05", "H-58", "H-109")]
    public void Vectors_NotifiedWhileHeldBack_AreSentOnceWhenTheyMay(string why)
    {
        var function = new MessageFunction(65) { Control = MsixDriver.Enable };
        var vectors = new[] { 3, 64 };
        Array.ForEach(vectors, function.Program);
        Hold(true);
        foreach(var vector in vectors)
        {
            function.Msix.Notify(vector);
            function.Msix.Notify(vector);
        }
        Assert.That(function.Messages, Is.Empty);
        Hold(false);
        Assert.That(function.Messages.Select(x => (int)x.Data), Is.EqualTo(vectors));
        Assert.That(function.Pending, Is.Empty);
        function.Msix.Notify(64);
        Assert.That(function.Messages, Has.Count.EqualTo(3), "at once from now on");

        void Hold(bool held)
        {
            switch(why)
            {
                case "the vector is masked":
                    Array.ForEach(vectors, x => function.Store(MessageFunction.Entry(x) + 12, 4, held ? 1UL : 0UL));
                    break;
                case "the function is masked":
                    function.Control = MsixDriver.Enable | (held ? MsixDriver.FunctionMask : 0);
                    break;
                case "MSI-X is disabled":
                    function.Control = held ? 0 : MsixDriver.Enable;
                    break;
                case "no bus mastering":
                    function.Command = (ushort)(PciSpec.CommandMemory | (held ? 0 : PciSpec.CommandBusMaster));
                    break;
                default:
                    var control = function.Config.Capabilities.Single(x => x.Id == PciSpec.CapabilityPowerManagement).Offset + 4;
                    function.Bench.WriteConfig(1, control, 2, held ? 3U : 0U);
                    break;
            }
        }
    }

    [Test]
    [Rule("H-58", "H-107", "PCIH-08")]
    public void Reset_OfTheFunction_MasksEveryVectorAndForgetsMessagesAndWhatIsPending()
    {
        var function = new MessageFunction(2) { Control = MsixDriver.Enable | MsixDriver.FunctionMask };
        function.Program(1);
        function.Msix.Notify(1);
        function.Reset();
        function.Bench.WriteConfig(1, PciSpec.Bar0 + 8, 4, MessageFunction.Table);
        function.Command = PciSpec.CommandMemory | PciSpec.CommandBusMaster;
        function.Control = MsixDriver.Enable;
        for(var vector = 0; vector < 2; vector++)
        {
            Assert.That(function.Load(MessageFunction.Entry(vector), 8), Is.Zero);
            Assert.That(function.Load(MessageFunction.Entry(vector) + 8, 8), Is.EqualTo(1UL << 32), "masked");
        }
        Assert.That(function.Pending, Is.Empty);
        function.Program(1);
        Assert.That(function.Messages, Is.Empty);
    }
}
