// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A root bus: decodes configuration addresses to functions and bus addresses to BARs, and gathers INTx.
// PCI Express Base 5.0: 7.2.2 (ECAM); PCI Local Bus 3.0: 6.2.5.1 (BARs); PCI-to-PCI Bridge 1.2: 9.1 (which pin of which
// device drives which INTx line).

using System;
using System.Collections.Generic;
using System.Linq;

using VirtioNet.Reports;

namespace VirtioNet.Pci
{
    /// <summary>Carries INTA to INTD of the bus to the platform's interrupt controller.</summary>
    public interface IInterruptLines
    {
        /// <summary>Drives line 0..3. Called only when the level changes.</summary>
        void SetLine(int line, bool level);
    }

    /// <summary>
    /// Bus 0 with up to 256 functions. Absent functions and addresses that no BAR decodes read all ones and ignore
    /// writes, as on a real bus (PCIH-02).
    /// </summary>
    public sealed class PciBus
    {
        /// <summary>Makes an empty bus.</summary>
        public PciBus(IInterruptLines lines, IReports reports)
        {
            this.lines = lines;
            this.reports = reports;
        }

        /// <summary>
        /// Plugs a function in. False if the place is taken. Device is 0..31, function 0..7; throws ArgumentOutOfRangeException
        /// for others.
        /// </summary>
        public bool TryAdd(int device, int function, IPciFunction pciFunction)
        {
            var place = Place(device, function);
            if(functions[place] != null)
            {
                return false;
            }
            functions[place] = pciFunction;
            FunctionsChanged(device);
            pciFunction.PlugInto(this);
            Rebuild();
            // The function may have been in another slot before, and its interrupt may be pending.
            UpdateInterrupts();
            return true;
        }

        /// <summary>Pulls a function out, if there is one: the bus no longer decodes its BARs nor drives a line for it.</summary>
        public void Remove(int device, int function)
        {
            var place = Place(device, function);
            functions[place]?.PlugInto(null);
            functions[place] = null;
            FunctionsChanged(device);
            Rebuild();
            UpdateInterrupts();
        }

        /// <summary>Reads configuration space at an ECAM offset.</summary>
        public ulong ReadConfig(ulong ecamOffset, int width)
        {
            var function = Decode(ecamOffset, width, out var register);
            return function == null ? PciSpec.AllOnes(width) : function.ReadConfig(register, width);
        }

        /// <summary>Writes configuration space at an ECAM offset. Returns the function that took it, or null.</summary>
        public IPciFunction? WriteConfig(ulong ecamOffset, int width, ulong value)
        {
            var function = Decode(ecamOffset, width, out var register);
            function?.WriteConfig(register, width, value);
            return function;
        }

        /// <summary>Reads from the memory or I/O space of the bus.</summary>
        public ulong Read(bool io, ulong address, int width)
        {
            return Find(io, address, width, out var window, out var offset)
                ? window.Function.ReadBar(window.Bar, offset, width)
                : PciSpec.AllOnes(width);
        }

        /// <summary>Writes to the memory or I/O space of the bus. Returns the function that took it, or null.</summary>
        public IPciFunction? Write(bool io, ulong address, int width, ulong value)
        {
            if(!Find(io, address, width, out var window, out var offset))
            {
                return null;
            }
            window.Function.WriteBar(window.Bar, offset, width, value);
            return window.Function;
        }

        /// <summary>The function that answers at an ECAM offset, or null.</summary>
        public IPciFunction? FunctionAt(ulong ecamOffset)
        {
            return Decode(ecamOffset, 1, out _);
        }

        /// <summary>The function that answers at an address of the memory or I/O space, or null.</summary>
        public IPciFunction? FunctionAt(bool io, ulong address)
        {
            return Find(io, address, 1, out var window, out _) ? window.Function : null;
        }

        /// <summary>
        /// Computes the levels of the four INTx lines again. Pin INTA + p of device d drives line (d + p) modulo 4; a line is
        /// asserted while any of its pins is. A function calls this when the level of its pin has changed.
        /// </summary>
        public void UpdateInterrupts()
        {
            var levels = 0;
            foreach(var place in present)
            {
                var function = functions[place]!;
                if(function.InterruptAsserted)
                {
                    var pin = (int)function.Config.Get(PciSpec.InterruptPin, 1);
                    levels |= 1 << ((place / PciSpec.FunctionsPerDevice + pin - 1) % PciSpec.InterruptLines);
                }
            }
            for(var line = 0; line < PciSpec.InterruptLines; line++)
            {
                if(((levels ^ lineLevels) & (1 << line)) != 0)
                {
                    lines.SetLine(line, (levels & (1 << line)) != 0);
                }
            }
            lineLevels = levels;
        }

        /// <summary>Works out anew which BARs are decoded, and where. A function calls it when that has changed for it.</summary>
        public void Rebuild()
        {
            var claimed = new List<Window>();
            foreach(var place in present)
            {
                var function = functions[place]!;
                foreach(var bar in function.Config.Bars)
                {
                    if(function.Config.Decodes(bar))
                    {
                        claimed.Add(new Window(function, bar, function.Config.AddressOf(bar)));
                    }
                }
            }
            windows = InOrderOfClaim(claimed);
        }

        // Where windows overlap, the one that the guest placed last answers (H-109). So windows that are new or have moved come
        // first in the list, followed by those that were there before, in the order that they had.
        private Window[] InOrderOfClaim(List<Window> claimed)
        {
            var old = new List<Window>();
            foreach(var window in windows)
            {
                var index = claimed.FindIndex(x => x.Bar == window.Bar && x.Base == window.Base);
                if(index >= 0)
                {
                    old.Add(window);
                    claimed.RemoveAt(index);
                }
            }
            claimed.AddRange(old);
            return claimed.ToArray();
        }

        private bool Find(bool io, ulong address, int width, out Window window, out ulong offset)
        {
            foreach(var candidate in windows)
            {
                offset = unchecked(address - candidate.Base);
                if(offset < candidate.Bar.Size && (candidate.Bar.Kind == BarKind.Io) == io)
                {
                    window = candidate;
                    return offset + (uint)width <= candidate.Bar.Size;
                }
            }
            reports.Misuse(io ? PciRules.UnclaimedIo : PciRules.UnclaimedMemory, address, 0);
            window = default;
            offset = 0;
            return false;
        }

        private IPciFunction? Decode(ulong ecamOffset, int width, out int register)
        {
            register = (int)(ecamOffset & (PciSpec.ConfigSize - 1));
            var place = ecamOffset >> PciSpec.FunctionShift;
            // Bus numbers other than 0 do not exist, and an access must be aligned to its width (PCIH-10).
            if(place >= PciSpec.FunctionsPerBus)
            {
                return null;
            }
            if(register % width != 0)
            {
                reports.Misuse(PciRules.UnalignedConfiguration, ecamOffset, (uint)width);
                return null;
            }
            // A guest looks for function 0 first: without it, the others of its device are hidden (PCIH-06).
            return functions[(int)place & ~(PciSpec.FunctionsPerDevice - 1)] == null ? null : functions[(int)place];
        }

        private void FunctionsChanged(int device)
        {
            present = Enumerable.Range(0, functions.Length).Where(x => functions[x] != null).ToArray();
            var several = false;
            for(var function = 1; function < PciSpec.FunctionsPerDevice; function++)
            {
                several |= functions[Place(device, function)] != null;
            }
            functions[Place(device, 0)]?.Config.Set(PciSpec.HeaderType, 1, several ? PciSpec.HeaderMultiFunction : 0U);
        }

        private static int Place(int device, int function)
        {
            if(device < 0 || device >= PciSpec.DevicesPerBus)
            {
                throw new ArgumentOutOfRangeException(nameof(device), device, "a PCI device number is 0 to 31");
            }
            if(function < 0 || function >= PciSpec.FunctionsPerDevice)
            {
                throw new ArgumentOutOfRangeException(nameof(function), function, "a PCI function number is 0 to 7");
            }
            return device * PciSpec.FunctionsPerDevice + function;
        }

        // Places with a function in them, in ascending order.
        private int[] present = Array.Empty<int>();
        // The address ranges of all BARs that are decoded. The first one in the list that holds an address answers.
        private Window[] windows = Array.Empty<Window>();
        private int lineLevels;

        private readonly IInterruptLines lines;
        private readonly IReports reports;
        private readonly IPciFunction?[] functions = new IPciFunction?[PciSpec.FunctionsPerBus];

        private readonly struct Window
        {
            public Window(IPciFunction function, Bar bar, ulong baseAddress)
            {
                Function = function;
                Bar = bar;
                Base = baseAddress;
            }

            public IPciFunction Function { get; }

            public Bar Bar { get; }

            public ulong Base { get; }
        }
    }
}
