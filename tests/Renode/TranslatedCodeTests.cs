// Code that a CPU has run and the device then overwrites: the CPU must run the new code.

using System.Buffers.Binary;
using Antmicro.Renode.Core;
using Antmicro.Renode.Peripherals.CPU;
using Antmicro.Renode.Time;
using NUnit.Framework;
using VirtioNet.Driver;
using VirtioNet.Spec;

namespace VirtioNet.Tests.Renode;

public sealed class TranslatedCodeTests : RenodeFixture
{
    [Test]
    [Rule("H-119")]
    public void Frame_ReceivedOverExecutedCode_IsWhatTheCpuRunsNext()
    {
        var machine = new RenodeMachine();
        var cpu = new RiscV32(machine.Machine, "rv32imac");
        machine.Machine.SystemBus.Register(cpu, new CPURegistrationPoint());
        machine.Machine.SetLocalName(cpu, "cpu");
        const ulong code = RenodeMachine.RamBase + 0x80_0000;
        machine.Bus.WriteDoubleWord(code, LoadA0(1));
        machine.Bus.WriteDoubleWord(code + 4, JumpToItself);
        Assert.That(RunAndReadA0(cpu, code), Is.EqualTo(1));

        var pci = new VirtioPciDriver(machine);
        pci.Probe();
        Assert.That(pci.Negotiate(NetDriver.AllFeatures), Is.True);
        var ring = pci.SetupQueue(NetLayout.ReceiveQueue);
        pci.Status |= DeviceStatus.DriverOk;
        const int codeInFrame = 16;
        ring.Add(new Piece(code - codeInFrame - NetLayout.HeaderSize, 2048, true));
        var frame = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(codeInFrame), LoadA0(2));
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(codeInFrame + 4), JumpToItself);
        machine.Card.ReceiveFrame(Wrap(frame));
        Assert.That(machine.Bus.ReadDoubleWord(code), Is.EqualTo(LoadA0(2)), "the frame is not where the code was");

        Assert.That(RunAndReadA0(cpu, code), Is.EqualTo(2), "a stale translation ran");
    }

    private static uint RunAndReadA0(RiscV32 cpu, ulong pc)
    {
        cpu.PC = pc;
        EmulationManager.Instance.CurrentEmulation.RunFor(TimeInterval.FromMilliseconds(1));
        return (uint)cpu.A[0].RawValue;
    }

    // addi a0, zero, value
    private static uint LoadA0(uint value) => (value << 20) | 0x513;

    // jal zero, 0
    private const uint JumpToItself = 0x6F;
}
