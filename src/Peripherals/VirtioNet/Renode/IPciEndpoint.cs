#nullable enable
// What PcieEcamHost needs of a Renode peripheral that sits in one of its slots.

using System;

using VirtioNet.Pci;

namespace Antmicro.Renode.Peripherals.PCI
{
    /// <summary>A peripheral that can be registered at a <see cref="PcieEcamHost"/>.</summary>
    public interface IPciEndpoint : IPeripheral
    {
        /// <summary>The host that the endpoint is registered at, or null when it is taken out.</summary>
        void PluggedInto(PcieEcamHost? host);

        /// <summary>Called after every access to the host, with no lock held: the place to call the rest of Renode.</summary>
        void AfterAccess();

        /// <summary>H-113: an access to the endpoint has thrown. The endpoint logs it and parks itself.</summary>
        void Fail(Exception exception);

        /// <summary>The function to plug into the bus.</summary>
        IPciFunction Function { get; }
    }
}
