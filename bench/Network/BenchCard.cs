// renode-virtio-net, MIT licence: see LICENSE.
// A network card without a guest: what the way between two of our cards costs, and nothing else.

using Antmicro.Renode.Core;
using Antmicro.Renode.Core.Structure;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Network;
using Antmicro.Renode.Peripherals;
using Antmicro.Renode.Peripherals.Bus;
using Antmicro.Renode.Peripherals.Network;
using VirtioNet.Wire;

namespace VirtioNet.Bench.Network;

/// <summary>
/// Sends as the virtio-net card does, through NetworkExit, and receives as it does: from Renode's switch a frame, of which it takes
/// the bytes; from a network of our own a packet.
/// </summary>
internal sealed class BenchCard : IDoubleWordPeripheral, IKnownSize, IMACInterface, INetworkSender
{
    public BenchCard(string name)
    {
        var machine = new Machine();
        EmulationManager.Instance.CurrentEmulation.AddMachine(machine, name);
        machine.SystemBus.Register(this, new BusPointRegistration(0));
        machine.SetLocalName(this, "card");
        reports = new ReportLog(this);
        Exit = new NetworkExit(this, reports);
    }

    public void Receive(Packet packet)
    {
        Bytes += packet.Length;
    }

    public void ReceiveFrame(EthernetFrame frame)
    {
        if(NetworkEntrance.TryTake(frame, this, reports, out var bytes))
        {
            Bytes += bytes.Length;
        }
    }

    public void Emit(EthernetFrame frame)
    {
        FrameReady?.Invoke(frame);
    }

    public void CountRefused()
    {
        throw new InvalidOperationException("a frame of the bench was refused");
    }

    public uint ReadDoubleWord(long offset) => 0;

    public void WriteDoubleWord(long offset, uint value)
    {
    }

    public void Reset()
    {
    }

    public long Bytes { get; set; }

    public NetworkExit Exit { get; }

    public PortOffloads Offloads { get; init; }

    public bool HasListeners => FrameReady != null;

    public long Size => 4;

    public MACAddress MAC { get; set; }

    public event Action<EthernetFrame>? FrameReady;

    private readonly ReportLog reports;
}
