// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The options of the PCI transport that a user can set.

using System;

namespace VirtioNet.Transport.Pci
{
    /// <summary>Which register interfaces a function has. virtio v1.4-cs01: 1.3.1 "Legacy Interface: Terminology".</summary>
    public enum PciMode
    {
        /// <summary>Both: each driver finds the one that it knows.</summary>
        Transitional,
        /// <summary>virtio 1.x alone ("non-transitional").</summary>
        Modern,
        /// <summary>virtio 0.9.5 alone, as devices were before virtio 1.0.</summary>
        Legacy,
    }

    /// <summary>The values that a user writes in a .repl. <see cref="Check"/> names an option as the .repl does.</summary>
    public sealed class PciOptions
    {
        /// <summary>
        /// Reads a mode by its name, in upper or lower case. False if there is no such mode; <paramref name="fault"/> is then a
        /// message for the user.
        /// </summary>
        public static bool TryReadMode(string name, out PciMode mode, out string fault)
        {
            // Enum.TryParse also accepts numbers. The comparison with the name refuses them.
            var isRead = Enum.TryParse(name, true, out mode) && string.Equals(mode.ToString(), name, StringComparison.OrdinalIgnoreCase);
            fault = isRead ? "" : $"mode is \"{name}\"; it must be \"transitional\", \"modern\" or \"legacy\"";
            return isRead;
        }

        /// <summary>Throws ArgumentException if a value is not allowed; the message names it and says what is allowed.</summary>
        public void Check()
        {
            if(Vectors < 0 || Vectors > MaxVectors)
            {
                throw new ArgumentException($"vectors is {Vectors}; it must be 0 to {MaxVectors}");
            }
        }

        /// <summary>Which register interfaces the function has.</summary>
        public PciMode Mode { get; set; } = PciMode.Transitional;

        /// <summary>Count of MSI-X vectors: 0..2048. With 0 the function has no MSI-X, and interrupts by INTx only.</summary>
        public long Vectors { get; set; }

        /// <summary>True if legacy drivers are big-endian; see <see cref="Core.TransportOptions.GuestIsBigEndian"/>.</summary>
        public bool GuestIsBigEndian { get; set; }

        // PCI Local Bus 3.0: 6.8.2.3 "Message Control for MSI-X".
        private const int MaxVectors = 2048;
    }
}
