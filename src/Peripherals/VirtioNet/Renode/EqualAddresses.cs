// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Warns of two interfaces with the same MAC address on one network. A switch sends each frame for that address to the one that has
// sent last, so both seem to lose frames, and nothing in Renode says why.
//
// Renode raises no event when something is connected to a network. But a network then subscribes to the interface's FrameReady, and
// a moment later the connection can be looked up. So a subscription calls LookSoon, and all networks are searched at the next
// synchronisation of the emulation. Frames cost nothing more for that.

using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Logging;

using VirtioNet.Wire;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Warns once of each address that several interfaces of a network have.</summary>
    internal static class EqualAddresses
    {
        /// <summary>Looks at the next synchronisation of the emulation. Called when an interface is connected or gets another address.</summary>
        public static void LookSoon()
        {
            EmulationManager.Instance.CurrentEmulation.MasterTimeSource.ExecuteInNearestSyncedState(_ => Look());
        }

        /// <summary>
        /// Warns of an address that several interfaces have, by their names; once, whether it is known from the interfaces or was seen by a network of
        /// our own in what they send.
        /// </summary>
        public static void Tell(IExternal network, string address, IEnumerable<string> sharers)
        {
            var names = string.Join(" and ", sharers.OrderBy(x => x));
            if(Told.GetOrCreateValue(network).Add($"{address} {names}"))
            {
                network.Log(LogLevel.Warning, "{0} have the same MAC address {1}, so that frames for one go to another: give each an address of its own", names, address);
            }
        }

        private static void Look()
        {
            var emulation = EmulationManager.Instance.CurrentEmulation;
            foreach(var network in emulation.ExternalsManager.Externals.Where(x => x is IConnectable))
            {
                var users = emulation.Connector.GetObjectsConnectedTo((IConnectable)network).OfType<IMACInterface>()
                    .SelectMany(x => AddressesOf(x).Select(y => (Interface: x, Address: y)))
                    .GroupBy(x => x.Address, x => NameOf(emulation, x.Interface));
                foreach(var sharers in users.Where(x => x.Count() > 1))
                {
                    Tell(network, MacAddress.Read(sharers.Key.Bytes).ToString(), sharers);
                }
            }
        }

        // The addresses of another process are known only from the frames that it sends.
        private static IEnumerable<MACAddress> AddressesOf(IMACInterface networkInterface)
        {
            return networkInterface is ExternalPort port ? port.Senders.Addresses : new[] { networkInterface.MAC };
        }

        private static string NameOf(Emulation emulation, IMACInterface networkInterface)
        {
            return emulation.TryGetEmulationElementName(networkInterface, out var name) ? name : networkInterface.GetType().Name;
        }

        // The warnings that each network has had. It keeps no network alive, and is no part of snapshots, so after a load a warning comes
        // once more.
        private static readonly ConditionalWeakTable<IExternal, HashSet<string>> Told = new ConditionalWeakTable<IExternal, HashSet<string>>();
    }
}
