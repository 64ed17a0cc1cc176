// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What PcieEcamHost needs of a Renode peripheral that sits in one of its slots.

using System;

using VirtioNet.Pci;

namespace Antmicro.Renode.Peripherals.PCI
{
    /// <summary>
    /// A peripheral that can be registered at a <see cref="PcieEcamHost"/>. The host calls AfterWrite and Fail with the
    /// machine's lock held.
    /// </summary>
    public interface IPciEndpoint : IPeripheral
    {
        /// <summary>The guest has written to the function, and the write is done.</summary>
        void AfterWrite();

        /// <summary>An access to the function has thrown (H-113). The endpoint says so in the log and parks itself.</summary>
        void Fail(Exception exception);

        /// <summary>The host that the endpoint is registered at, or null while it is at none.</summary>
        PcieEcamHost? Host { get; set; }

        /// <summary>The function to plug into the bus.</summary>
        IPciFunction Function { get; }
    }
}
