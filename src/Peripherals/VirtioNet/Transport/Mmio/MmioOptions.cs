// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The options of the MMIO transport that a user can set.

using System;

using VirtioNet.Spec;

namespace VirtioNet.Transport.Mmio
{
    /// <summary>The values that a user writes in a .repl. <see cref="Check"/> names an option as the .repl does.</summary>
    public sealed class MmioOptions
    {
        /// <summary>Throws ArgumentException if a value is not allowed; the message names it and says what is allowed.</summary>
        public void Check()
        {
            if(Version != MmioLayout.LegacyVersion && Version != MmioLayout.ModernVersion)
            {
                throw new ArgumentException($"version is {Version}; it must be {MmioLayout.ModernVersion}, or {MmioLayout.LegacyVersion} for legacy drivers");
            }
        }

        /// <summary>Version of the register layout: 2, or 1 for the legacy interface.</summary>
        public long Version { get; set; } = MmioLayout.ModernVersion;

        /// <summary>True if legacy drivers are big-endian; see <see cref="Core.TransportOptions.GuestIsBigEndian"/>.</summary>
        public bool GuestIsBigEndian { get; set; }
    }
}
