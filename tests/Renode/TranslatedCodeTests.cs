// renode-virtio-net, MIT licence: see LICENSE.
// Code that a CPU has run and the device then overwrites: the CPU must run the new code.

using System.Buffers.Binary;
using Antmicro.Renode.Core;
using Antmicro.Renode.Peripherals.Bus;
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
    public void Frame_ReceivedOverExecutedCode_IsWhatEveryCpuRunsNext()
    {
        var machine = new RenodeMachine();
        var cpus = new[] { AddCpu(machine, "first"), AddCpu(machine, "second") };
        PutCode(machine, Code, LoadA0(1));
        Assert.That(Run(cpus, Code), Is.EqualTo(new[] { 1, 1 }));

        Receive(machine, Code, LoadA0(2), JumpToItself);
        Assert.That(Run(cpus, Code), Is.EqualTo(new[] { 2, 2 }), "a stale translation ran");
    }

    [TestCase(Code, Mirrored + Offset)]
    [TestCase(Mirrored + Offset, Code)]
    [TestCase(Code, InPart + Offset - PartOffset)]
    [TestCase(InPart + Offset - PartOffset, Code)]
    [Rule("H-119", "F-13")]
    public void Frame_ReceivedAtOnePlaceOfAMemory_IsWhatACpuRunsAtAnother(ulong executed, ulong received)
    {
        var machine = new RenodeMachine();
        var bus = machine.Machine.SystemBus;
        bus.Register(machine.Ram, new BusRangeRegistration(Mirrored, RenodeMachine.RamSize));
        bus.Register(machine.Ram, new BusRangeRegistration(InPart, RenodeMachine.RamSize - PartOffset, PartOffset));
        var cpu = AddCpu(machine, "cpu");
        PutCode(machine, Code, LoadA0(1));
        Assert.That(Run([cpu], executed), Is.EqualTo(new[] { 1 }));

        Receive(machine, received, LoadA0(2), JumpToItself);
        Assert.That(Run([cpu], executed), Is.EqualTo(new[] { 2 }), "a stale translation ran");
    }

    [Test]
    [Rule("H-117", "H-119", "F-13")]
    public void Frame_ReceivedInMemoryThatOneCpuSeesElsewhereToo_IsWhatThisCpuRuns()
    {
        var machine = new RenodeMachine();
        AddCpu(machine, "first").IsHalted = true;
        var cpu = AddCpu(machine, "second");
        machine.Machine.SystemBus.Register(machine.Ram, new BusRangeRegistration(Mirrored, RenodeMachine.RamSize, cpu: cpu));
        PutCode(machine, Code, LoadA0(1));
        Assert.That(Run([cpu], Mirrored + Offset), Is.EqualTo(new[] { 1 }));

        Receive(machine, Code, LoadA0(2), JumpToItself);
        Assert.That(Run([cpu], Mirrored + Offset), Is.EqualTo(new[] { 2 }), "a stale translation ran");
    }

    [Test]
    [Rule("H-119")]
    public void Frame_WhoseLastByteIsTheFirstOfTheCode_IsWhatTheCpuRunsNext()
    {
        var machine = new RenodeMachine();
        var cpu = AddCpu(machine, "cpu");
        PutCode(machine, Code, LoadA0(1));
        Assert.That(Run([cpu], Code), Is.EqualTo(new[] { 1 }));

        // The opcode alone makes another instruction of it: lui a0, 0x100.
        ReceiveUpTo(machine, Code, 0x37);
        Assert.That(Run([cpu], Code), Is.EqualTo(new[] { 0x10_0000 }), "a stale translation ran");
    }

    [Test]
    [Rule("H-119", "H-121")]
    public void Frame_ReceivedOverExecutedCodeAfterASnapshot_IsWhatTheCpuRunsNext()
    {
        var machine = new RenodeMachine();
        AddCpu(machine, "cpu");
        PutCode(machine, Code, LoadA0(1));
        var loaded = new RenodeMachine(SaveAndLoad());
        var cpus = loaded.Machine.SystemBus.GetCPUs().Cast<RiscV32>().Append(AddCpu(loaded, "another")).ToArray();
        Assert.That(Run(cpus, Code), Is.EqualTo(new[] { 1, 1 }));
        Receive(loaded, Code, LoadA0(2), JumpToItself);
        Assert.That(Run(cpus, Code), Is.EqualTo(new[] { 2, 2 }), "a stale translation ran");
    }

    [Test]
    [Rule("H-117", "H-119")]
    public void Frame_ReceivedInMemoryThatACpuHasMovedForItself_IsWhatThisCpuRuns()
    {
        var machine = new RenodeMachine();
        var cpu = AddCpu(machine, "cpu");
        var bus = machine.Machine.SystemBus;
        bus.Register(machine.Ram, new BusRangeRegistration(Mirrored, RenodeMachine.RamSize, cpu: cpu));
        PutCode(machine, Code, LoadA0(1));
        // All happens within one run: the machine is never paused, so only the event of the move tells the card of it.
        cpu.AddHook(Mirrored + Offset + 4, (_, _) =>
        {
            machine.ReadConfig(0, 4, PciMachine.CardSlot, 0);
            bus.MoveRegistrationWithinContext(machine.Ram, new BusRangeRegistration(Moved, RenodeMachine.RamSize, cpu: cpu), cpu, x => x.Single(y => y.RegistrationPoint.Range.StartAddress == Mirrored));
            cpu.PC = Moved + Offset;
        });
        var first = 0UL;
        cpu.AddHook(Moved + Offset + 4, (_, _) =>
        {
            first = cpu.A[0].RawValue;
            cpu.RemoveAllHooks();
            Receive(machine, Code, LoadA0(2), JumpToItself);
            cpu.PC = Moved + Offset;
        });
        Assert.That(Run([cpu], Mirrored + Offset), Is.EqualTo(new[] { 2 }), "a stale translation ran");
        Assert.That(first, Is.EqualTo(1));
    }

    private static void PutCode(RenodeMachine machine, ulong at, uint instruction)
    {
        machine.Bus.WriteDoubleWord(at, instruction);
        machine.Bus.WriteDoubleWord(at + 4, JumpToItself);
    }

    // A frame arrives whose bytes at the address are these instructions.
    private static void Receive(RenodeMachine machine, ulong at, params uint[] code)
    {
        var bytes = new byte[4 * code.Length];
        for(var i = 0; i < code.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), code[i]);
        }
        ReceiveFrame(machine, at, [.. new byte[60], .. bytes]);
    }

    // A frame arrives whose last byte is at the address.
    private static void ReceiveUpTo(RenodeMachine machine, ulong at, byte last)
    {
        ReceiveFrame(machine, at, [.. new byte[60], last]);
    }

    // A frame arrives whose byte 60 is at the address.
    private static void ReceiveFrame(RenodeMachine machine, ulong at, byte[] frame)
    {
        var pci = new VirtioPciDriver(machine);
        pci.Probe();
        Assert.That(pci.Negotiate(NetDriver.AllFeatures), Is.True);
        var ring = pci.SetupQueue(NetLayout.ReceiveQueue);
        pci.Status |= DeviceStatus.DriverOk;
        ring.Add(new Piece(at - 60 - NetLayout.HeaderSize, 2048, true));
        machine.Card.ReceiveFrame(Wrap(frame));
        Assert.That(machine.Bus.ReadByte(at), Is.EqualTo(frame[60]), "the frame is not where the code was");
    }

    // The value of a0 of each CPU.
    private static int[] Run(RiscV32[] cpus, ulong pc)
    {
        foreach(var cpu in cpus)
        {
            cpu.PC = pc;
        }
        EmulationManager.Instance.CurrentEmulation.RunFor(TimeInterval.FromMilliseconds(1));
        return cpus.Select(x => (int)(uint)x.A[0].RawValue).ToArray();
    }

    // addi a0, zero, value
    private static uint LoadA0(uint value) => (value << 20) | 0x513;

    // jal zero, 0
    private const uint JumpToItself = 0x6F;

    private const ulong Offset = 0x80_0000;
    private const ulong Code = RenodeMachine.RamBase + Offset;
    private const ulong Mirrored = 0x9000_0000;
    private const ulong Moved = 0xB000_0000;
    private const ulong InPart = 0xA000_0000;
    private const ulong PartOffset = 0x40_0000;
}
