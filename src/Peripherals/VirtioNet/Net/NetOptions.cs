// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The options of a network device, as a user writes them, and the check of their values.

using System;
using System.Collections.Generic;

using VirtioNet.Queues;
using VirtioNet.Spec;
using VirtioNet.Wire;

namespace VirtioNet.Net
{
    /// <summary>
    /// The values as the user writes them, by the names that the user knows from a .repl or a monitor command. They are checked
    /// when a device is made of them, and one exception names everything that is wrong.
    /// </summary>
    public sealed class NetOptions
    {
        /// <summary>True for an MTU that may be offered (virtio v1.4-cs01: 5.1.4.1).</summary>
        public static bool IsMtuAllowed(long mtu)
        {
            return mtu >= NetLayout.MinMtu && mtu <= NetLayout.MaxMtu;
        }

        /// <summary>
        /// Reads a card's own address: unicast, six bytes in hexadecimal. If <paramref name="mac"/> is none, returns false, and
        /// <paramref name="fault"/> is a sentence that calls the option by <paramref name="name"/>.
        /// </summary>
        public static bool TryReadMac(string name, string mac, out MacAddress address, out string fault)
        {
            var isRead = MacAddress.TryParse(mac, out address) && address != default && !address.IsGroup;
            fault = isRead ? "" : $"{name} is \"{mac}\"; it must be a unicast address, six bytes in hexadecimal such as \"02:00:00:00:00:01\"";
            return isRead;
        }

        /// <summary>Throws ArgumentException if any value is not allowed. The message names each such option, what is allowed, and the remedy.</summary>
        public void Check()
        {
            var faults = new List<string>();
            if(!TryReadMac("mac", Mac, out _, out var fault))
            {
                faults.Add(fault);
            }
            if(!IsMtuAllowed(Mtu))
            {
                faults.Add($"mtu is {Mtu}; it must be {NetLayout.MinMtu} to {NetLayout.MaxMtu} bytes");
            }
            CheckSize(faults, "queueSize", QueueSize, "");
            CheckSize(faults, "rxQueueSize", RxQueueSize == 0 ? 1 : RxQueueSize, ", or 0 to be as queueSize says");
            CheckSize(faults, "txQueueSize", TxQueueSize == 0 ? 1 : TxQueueSize, ", or 0 to be as queueSize says");
            var maxPairs = HasControlQueue ? MaxPairsOfCard : MaxQueuePairs;
            if(QueuePairs < 1 || QueuePairs > maxPairs)
            {
                faults.Add($"queuePairs is {QueuePairs}; it must be 1 to {maxPairs}");
            }
            if(Speed < 0 || (Speed > NetLayout.MaxSpeed && Speed != NetLayout.UnknownSpeed))
            {
                faults.Add($"speed is {Speed}; it must be 0 to {NetLayout.MaxSpeed} Mbit/s, or {NetLayout.UnknownSpeed} for unknown");
            }
            if(!Duplexes.ContainsKey(Duplex))
            {
                faults.Add($"duplex is \"{Duplex}\"; it must be \"full\", \"half\" or \"unknown\"");
            }
            ChooseFeatures(faults);
            if(faults.Count > 0)
            {
                throw new ArgumentException(string.Join("; ", faults));
            }
        }

        /// <summary>The MAC address: unicast, six bytes in hexadecimal.</summary>
        public string Mac { get; init; } = "";

        /// <summary>The largest payload of a frame: 68..65535 bytes.</summary>
        public long Mtu { get; init; } = 1500;

        /// <summary>Most descriptors of a queue: 1..32768.</summary>
        public long QueueSize { get; init; } = 256;

        /// <summary>The same for receive queues alone; 0 to use <see cref="QueueSize"/>.</summary>
        public long RxQueueSize { get; init; }

        /// <summary>The same for transmit queues alone; 0 to use <see cref="QueueSize"/>.</summary>
        public long TxQueueSize { get; init; }

        /// <summary>Changes what is offered, such as "+RING_PACKED -EVENT_IDX".</summary>
        public string Features { get; init; } = "";

        /// <summary>
        /// Pairs of queues: 1..32, or to 128 if something else serves the control queue. With several, the device offers
        /// VIRTIO_NET_F_MQ and VIRTIO_NET_F_RSS.
        /// </summary>
        public long QueuePairs { get; init; } = 1;

        /// <summary>
        /// False if something else serves the control queue, as a vhost-user front end does. The device then does not offer it, nor what
        /// needs it.
        /// </summary>
        public bool HasControlQueue { get; init; } = true;

        /// <summary>The speed of the link as drivers are told it, in Mbit/s: 0..2147483647, or 4294967295 for unknown. It limits nothing.</summary>
        public long Speed { get; init; } = NetLayout.UnknownSpeed;

        /// <summary>"full", "half" or "unknown", as drivers are told it.</summary>
        public string Duplex { get; init; } = "unknown";

        /// <summary><see cref="Duplex"/> as the configuration has it.</summary>
        internal byte DuplexValue => Duplexes[Duplex];

        /// <summary><see cref="Mac"/> as an address, or the zero address if it is none.</summary>
        internal MacAddress Address => MacAddress.TryParse(Mac, out var address) ? address : default;

        /// <summary>What is offered: the usual features, changed as <see cref="Features"/> says.</summary>
        internal FeatureSet Offered => ChooseFeatures(new List<string>());

        /// <summary>Most pairs of queues behind vhost-user.</summary>
        public const int MaxQueuePairs = 128;

        /// <summary>Most pairs of queues of a card.</summary>
        public const int MaxPairsOfCard = 32;

        private static readonly Dictionary<string, byte> Duplexes = new Dictionary<string, byte>
        {
            ["full"] = NetLayout.FullDuplex,
            ["half"] = NetLayout.HalfDuplex,
            ["unknown"] = NetLayout.UnknownDuplex,
        };

        private FeatureSet ChooseFeatures(List<string> faults)
        {
            if(!HasControlQueue)
            {
                return FeatureSelection.Change(NetFeatures.Default, NetFeatures.Supported, Features, faults);
            }
            var offered = NetFeatures.Default | NetFeatures.Control | (QueuePairs > 1 ? NetFeatures.Multiqueue : new FeatureSet());
            return FeatureSelection.Change(offered, offered | NetFeatures.Supported | NetFeatures.Multiqueue | NetFeatures.Hashing, Features, faults);
        }

        private static void CheckSize(List<string> faults, string name, long size, string besides)
        {
            if(size < 1 || size > RingLayout.MaxQueueSize)
            {
                faults.Add($"{name} is {size}; it must be 1 to {RingLayout.MaxQueueSize} descriptors{besides}");
            }
        }
    }
}
