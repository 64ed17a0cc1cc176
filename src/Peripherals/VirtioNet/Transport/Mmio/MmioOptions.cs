// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a user can choose of the MMIO transport.

using System;

using VirtioNet.Spec;

namespace VirtioNet.Transport.Mmio
{
    /// <summary>The register interface, as the user writes it, by the names that the user knows from a .repl.</summary>
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

        /// <summary>2, or 1 for the legacy interface.</summary>
        public long Version { get; set; } = MmioLayout.ModernVersion;

        /// <summary>The byte order that legacy drivers use.</summary>
        public bool GuestIsBigEndian { get; set; }
    }
}
