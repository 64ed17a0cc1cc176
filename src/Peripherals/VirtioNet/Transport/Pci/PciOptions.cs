// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a user can choose of the PCI transport.

using System;

namespace VirtioNet.Transport.Pci
{
    /// <summary>Which interfaces a function has. virtio v1.4-cs01: 1.3.1 "Legacy Interface: Terminology".</summary>
    public enum PciMode
    {
        /// <summary>Both: each driver finds the one that it knows.</summary>
        Transitional,
        /// <summary>virtio 1.x alone ("non-transitional").</summary>
        Modern,
        /// <summary>virtio 0.9.5 alone, as devices were before virtio 1.0.</summary>
        Legacy,
    }

    /// <summary>What a function has beside its device, as the user writes it, by the names that the user knows from a .repl.</summary>
    public sealed class PciOptions
    {
        /// <summary>Reads a mode by its name, in any case of letters. If it is none, the fault says so.</summary>
        public static bool TryReadMode(string name, out PciMode mode, out string fault)
        {
            // An enumeration may also be written as a number, but here it is not.
            var isRead = Enum.TryParse(name, true, out mode) && string.Equals(mode.ToString(), name, StringComparison.OrdinalIgnoreCase);
            fault = isRead ? "" : $"mode is \"{name}\"; it must be \"transitional\", \"modern\" or \"legacy\"";
            return isRead;
        }

        /// <summary>Throws ArgumentException if a value is not allowed; the message names each such value and says what is allowed.</summary>
        public void Check()
        {
            if(Vectors < 0 || Vectors > MaxVectors)
            {
                throw new ArgumentException($"vectors is {Vectors}; it must be 0 to {MaxVectors}");
            }
        }

        /// <summary>Interfaces.</summary>
        public PciMode Mode { get; set; } = PciMode.Transitional;

        /// <summary>Count of MSI-X vectors: 0..2048; with 0 there is INTx alone.</summary>
        public long Vectors { get; set; }

        /// <summary>The byte order that legacy drivers use.</summary>
        public bool GuestIsBigEndian { get; set; }

        // PCI Local Bus 3.0: 6.8.2.3 "Message Control for MSI-X".
        private const int MaxVectors = 2048;
    }
}
