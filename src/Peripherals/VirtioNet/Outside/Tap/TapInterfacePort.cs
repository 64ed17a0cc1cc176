// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A port of a network for the host itself, over a TAP interface with offload headers: large and unfinished packets pass whole between
// the host's kernel and the network.

using System;

using VirtioNet.Reports;
using VirtioNet.Wire;

namespace VirtioNet.Outside.Tap
{
    /// <summary>Carries packets between a network and an interface of the host.</summary>
    public sealed class TapInterfacePort : PartnerPort
    {
        /// <summary>
        /// Makes a port. Packets of the host go to <paramref name="network"/>, on the port's thread, with no lock held. Throws ArgumentException
        /// if no interface can have the name.
        /// </summary>
        public TapInterfacePort(string name, IPacketSink network, IReports reports) : base(network, reports)
        {
            CheckName(name);
            this.name = name;
        }

        /// <summary>Throws ArgumentException if no interface can have the name.</summary>
        public static void CheckName(string? name)
        {
            var isName = name?.Length is > 0 and <= MaxName && name != "." && name != "..";
            foreach(var character in name ?? "")
            {
                isName &= character > ' ' && character <= '~' && character != '/' && character != ':' && character != '%';
            }
            if(!isName)
            {
                throw new ArgumentException($"interface is \"{name}\"; it must be the name of a TAP interface of the host, such as tap0, of 1 to {MaxName} letters");
            }
        }

        /// <summary>True while the interface is open.</summary>
        public bool IsOpen => service?.IsOpen ?? false;

        /// <summary>What the host's kernel takes.</summary>
        public override PortOffloads Offloads => offloads;

        private protected override IPortWork Open()
        {
            var device = new TapDevice(name);
            offloads = device.Offloads;
            service = new TapService(device, name, Queue, Counters, Entrance, Reports);
            service.Changed += TellChange;
            return service;
        }

        private protected override string ThreadName => "tap " + name;

        private TapService? service;
        private PortOffloads offloads;

        private readonly string name;

        // IFNAMSIZ with its zero.
        private const int MaxName = 15;
    }
}
