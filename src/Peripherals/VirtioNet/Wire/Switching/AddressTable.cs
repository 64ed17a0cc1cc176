// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Which address is at which port, each VLAN by itself. IEEE 802.1Q, 8.7 (learning) and 8.8 (the table and its ageing).

using System.Collections.Generic;

namespace VirtioNet.Wire.Switching
{
    /// <summary>
    /// Is bounded in all and for each port: addresses beyond it are not learned, so their frames are flooded, and a sender of
    /// invented addresses harms itself only. What has sent nothing for long may be somewhere else by now, and is forgotten.
    /// </summary>
    internal sealed class AddressTable
    {
        /// <summary>
        /// An address has sent from a port. Returns the port where it was, if it has moved from there within so short a time that two
        /// senders must have it, and this was not told before.
        /// </summary>
        public NetworkPort? Learn(int vlan, MacAddress address, NetworkPort port, ulong time)
        {
            if(address.IsGroup)
            {
                return null;
            }
            var key = Key(vlan, address);
            if(!entries.TryGetValue(key, out var entry))
            {
                TryAdd(key, port, time);
                return null;
            }
            var last = entry.Seen;
            entry.Seen = time;
            if(entry.Port == port)
            {
                return null;
            }
            var before = entry.Port;
            var isSuspect = !entry.IsTold && time - last <= ShortTime;
            entry.IsTold |= isSuspect;
            before.AddressCount--;
            port.AddressCount++;
            entry.Port = port;
            return isSuspect ? before : null;
        }

        /// <summary>Where an address was last seen. False if that is not known, or too long ago.</summary>
        public bool TryFind(int vlan, MacAddress address, ulong time, out NetworkPort port)
        {
            var isKnown = entries.TryGetValue(Key(vlan, address), out var entry) && time <= entry.Seen + MaxAge;
            port = isKnown ? entry!.Port : null!;
            return isKnown;
        }

        /// <summary>Forgets all addresses at a port.</summary>
        public void Forget(NetworkPort port)
        {
            Remove(x => x.Port == port);
        }

        /// <summary>What is known, by VLAN and address.</summary>
        public IReadOnlyList<LearnedAddress> ToList()
        {
            var list = new List<LearnedAddress>();
            foreach(var pair in entries)
            {
                list.Add(new LearnedAddress((int)(pair.Key >> AddressBits), new MacAddress(pair.Key & AddressMask), pair.Value.Port, pair.Value.Seen));
            }
            list.Sort((x, y) => Key(x.Vlan, x.Address).CompareTo(Key(y.Vlan, y.Address)));
            return list;
        }

        private void TryAdd(ulong key, NetworkPort port, ulong time)
        {
            // Only a full table is worth a search for what is too old, and not with each frame.
            if((entries.Count >= MaxAddresses || port.AddressCount >= MaxAddressesOfPort) && time >= nextSearch)
            {
                nextSearch = time + ShortTime;
                Remove(x => time - x.Seen > MaxAge);
            }
            if(entries.Count < MaxAddresses && port.AddressCount < MaxAddressesOfPort)
            {
                entries.Add(key, new Entry(port, time));
                port.AddressCount++;
            }
        }

        private void Remove(System.Predicate<Entry> condition)
        {
            var removed = new List<ulong>();
            foreach(var pair in entries)
            {
                if(condition(pair.Value))
                {
                    removed.Add(pair.Key);
                }
            }
            foreach(var key in removed)
            {
                entries[key].Port.AddressCount--;
                entries.Remove(key);
            }
        }

        private static ulong Key(int vlan, MacAddress address)
        {
            return ((ulong)vlan << AddressBits) | address.Value;
        }

        private ulong nextSearch;

        // By VLAN and address in one number, whose hash is the same in every process.
        private readonly Dictionary<ulong, Entry> entries = new Dictionary<ulong, Entry>();

        private const int MaxAddresses = 8192;
        private const int MaxAddressesOfPort = 1024;
        private const ulong ShortTime = 1_000_000_000;
        // The standard's recommendation.
        private const ulong MaxAge = 300_000_000_000;
        private const int AddressBits = 48;
        private const ulong AddressMask = (1UL << AddressBits) - 1;

        private sealed class Entry
        {
            public Entry(NetworkPort port, ulong seen)
            {
                Port = port;
                Seen = seen;
            }

            public NetworkPort Port { get; set; }

            public ulong Seen { get; set; }

            public bool IsTold { get; set; }
        }
    }
}
