// renode-virtio-net, MIT licence: see LICENSE.
// A bus with plain functions on it, and what the tests of this folder share.

using VirtioNet.Driver;
using VirtioNet.Pci;
using VirtioNet.Reports;

namespace VirtioNet.Tests.Pci;

/// <summary>A bus whose lines and misuses can be looked at.</summary>
public sealed class PciBench : IInterruptLines, IReports
{
    public PciBench()
    {
        Bus = new PciBus(this, this);
    }

    /// <summary>Plugs in a plain function; its BAR reads answer the mark.</summary>
    public PlainFunction Plug(int slot, int function, ulong mark, params Bar[] bars)
    {
        var added = new PlainFunction(mark, bars);
        if(!Bus.TryAdd(slot, function, added))
        {
            throw new InvalidOperationException($"slot {slot} function {function} is taken");
        }
        return added;
    }

    public ulong ReadConfig(int slot, int register, int width, int function = 0)
    {
        return Bus.ReadConfig(PciMachine.Ecam(slot, register, function), width);
    }

    public void WriteConfig(int slot, int register, int width, ulong value, int function = 0)
    {
        Bus.WriteConfig(PciMachine.Ecam(slot, register, function), width, value);
    }

    /// <summary>Writes an address to the BAR, of a 64-bit one to its lower half, and lets the function decode both spaces.</summary>
    public void Place(int slot, int bar, uint address, int function = 0)
    {
        WriteConfig(slot, PciSpec.Bar0 + 4 * bar, 4, address, function);
        WriteConfig(slot, PciSpec.Command, 2, PciSpec.CommandMemory | PciSpec.CommandIo, function);
    }

    public void SetLine(int line, bool level)
    {
        Lines[line] = level;
        LineChanges++;
    }

    public void Misuse(Rule rule, ulong where, ulong value, string subject = "")
    {
        Misuses++;
        LastMisuse = rule;
    }

    public void FrameDropped(Rule rule, int length, ushort etherType, int limit)
    {
        throw new InvalidOperationException(rule.Sentence);
    }

    public void Parked(string reason)
    {
        throw new InvalidOperationException(reason);
    }

    /// <summary>What a read that nobody answers gives, by its width in bytes.</summary>
    public static ulong AllOnes(int width) => width switch
    {
        1 => 0xFF,
        2 => 0xFFFF,
        4 => 0xFFFF_FFFF,
        _ => 0xFFFF_FFFF_FFFF_FFFF,
    };

    public PciBus Bus { get; }

    public bool[] Lines { get; } = new bool[PciSpec.InterruptLines];

    public int LineChanges { get; private set; }

    public int Misuses { get; private set; }

    /// <summary>The rule that was broken last.</summary>
    public Rule? LastMisuse { get; private set; }

    public static readonly int[] Widths = { 1, 2, 4, 8 };
}
