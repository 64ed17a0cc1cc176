// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A capture of a network: what passes its ports, and what becomes of it.

using System;
using System.Globalization;

using VirtioNet.Wire.Links;
using VirtioNet.Wire.Switching;

namespace VirtioNet.Wire.Captures
{
    /// <summary>
    /// Writes what an observer of a network is shown: each packet that a device sends, with what comes of it, and each that is
    /// delivered; those that are dropped, too. It never harms the network: if it cannot be written, or has reached its limit, it ends, and
    /// says so once. Whoever runs the network lists it in <see cref="VirtualNetwork.Observers"/>, and calls
    /// <see cref="Flush"/> after each run. It is plain data if its output is; not for several threads at once.
    /// </summary>
    public sealed class NetworkCapture : INetworkObserver
    {
        /// <summary>Begins a capture with a section that describes the ports. Throws what the output throws.</summary>
        public NetworkCapture(VirtualNetwork network, CaptureOptions options, ICaptureOutput output, ICaptureLog log)
        {
            this.network = network;
            this.options = options;
            this.output = output;
            this.log = log;
            writer.AddSection(Application, $"network {network.Name}, in virtual time");
            KeepBlocks();
            foreach(var port in network.Ports)
            {
                if(Array.Exists(Directions, x => options.Takes(port.Name, x)))
                {
                    Find(port);
                }
            }
            BeginIfNeeded();
            output.Flush();
        }

        /// <inheritdoc/>
        public void Passed(NetworkPort port, PortDirection direction, ulong time, Packet packet, in LinkOutcome outcome)
        {
            if(!IsRunning || !options.Takes(port.Name, direction))
            {
                return;
            }
            try
            {
                Write(Find(port), direction, time, outcome);
            }
            catch(Exception e)
            {
                End(e.Message, true);
            }
        }

        /// <inheritdoc/>
        public void AddressAtTwoPorts(MacAddress address, NetworkPort before, NetworkPort now, ulong time)
        {
            // It is no packet.
        }

        /// <summary>Lets go what has been captured, so that whoever reads the file or pipe has all of it.</summary>
        public void Flush()
        {
            if(!IsRunning)
            {
                return;
            }
            try
            {
                output.Flush();
                // Somebody may have begun to read the pipe.
                if(BeginIfNeeded())
                {
                    output.Flush();
                }
            }
            catch(Exception e)
            {
                End(e.Message, true);
            }
        }

        /// <summary>
        /// A snapshot was loaded, and the network is about to run again: the capture goes on where it was when the snapshot was made.
        /// </summary>
        public void GoOn()
        {
            if(!IsRunning)
            {
                return;
            }
            try
            {
                output.GoOn();
            }
            catch(Exception e)
            {
                End(e.Message, true);
            }
        }

        /// <summary>Ends the capture for good. Nothing is thrown, and nothing is said unless something could not be written.</summary>
        public void Close()
        {
            if(IsRunning)
            {
                End(null, false);
            }
        }

        /// <summary>False when it has ended.</summary>
        public bool IsRunning { get; private set; } = true;

        /// <summary>Packets that were written.</summary>
        public ulong Written { get; private set; }

        /// <summary>Bytes that were written, with those that describe the ports.</summary>
        public ulong Bytes { get; private set; }

        /// <summary>Packets that the output had no room for.</summary>
        public ulong Lost { get; private set; }

        private void Write(int number, PortDirection direction, ulong time, in LinkOutcome outcome)
        {
            var packet = outcome.Packet;
            if(options.FinishesFrames && !packet.IsFinished && TryWriteFrames(number, direction, time, outcome))
            {
                return;
            }
            Begin(number, direction, time, packet.Bytes, packet.Offload);
            PacketComments.AddOutcome(writer, outcome);
            PacketComments.AddOffload(writer, packet);
            Put(number);
        }

        // False if no frame can be made of the packet.
        private bool TryWriteFrames(int number, PortDirection direction, ulong time, in LinkOutcome outcome)
        {
            var packet = outcome.Packet;
            var index = 0;
            foreach(var frame in offload.Finish(packet.Bytes, packet.Offload))
            {
                Begin(number, direction, time, frame, new PacketOffload { ChecksumIsGood = true });
                PacketComments.AddOutcome(writer, outcome);
                if(packet.Offload.Segmentation != Segmentation.None)
                {
                    PacketComments.AddFrame(writer, packet, index);
                }
                Put(number);
                index++;
                if(!IsRunning)
                {
                    break;
                }
            }
            return index > 0;
        }

        private void Begin(int number, PortDirection direction, ulong time, ReadOnlySpan<byte> bytes, in PacketOffload left)
        {
            var flags = direction == PortDirection.In ? PacketTraits.Inbound : PacketTraits.Outbound;
            flags |= Receivers(bytes);
            flags |= left.NeedsChecksum ? PacketTraits.ChecksumNotReady : PacketTraits.None;
            flags |= left.ChecksumIsGood ? PacketTraits.ChecksumValid : PacketTraits.None;
            flags |= (left.Segmentation & (Segmentation.Tso4 | Segmentation.Tso6)) != 0 ? PacketTraits.Segmented : PacketTraits.None;
            writer.Clear();
            writer.BeginPacket(number, time, bytes, options.SnapLength, flags, lost[number]);
        }

        private static PacketTraits Receivers(ReadOnlySpan<byte> bytes)
        {
            return bytes.Length < MacAddress.Size ? PacketTraits.None
                : (bytes[0] & 1) == 0 ? PacketTraits.Unicast
                : bytes.Slice(0, MacAddress.Size).IndexOfAnyExcept(byte.MaxValue) < 0 ? PacketTraits.Broadcast : PacketTraits.Multicast;
        }

        // Hands the packet on, with what its section has to have before it.
        private void Put(int number)
        {
            writer.EndPacket();
            var blocks = writer.Blocks;
            switch(output.Prepare(sectionLength - told + blocks.Length, sectionLength + blocks.Length))
            {
            case CaptureRoom.BeginsSection:
                told = 0;
                break;
            case CaptureRoom.Full:
                lost[number]++;
                Lost++;
                return;
            case CaptureRoom.Ended:
                End("it has reached its limit of " + options.MaxBytes.ToString(CultureInfo.InvariantCulture) + " bytes", false);
                return;
            }
            Tell();
            Give(blocks);
            lost[number] = 0;
            Written++;
        }

        private bool BeginIfNeeded()
        {
            var begins = output.Prepare(0, sectionLength) == CaptureRoom.BeginsSection;
            if(begins)
            {
                told = 0;
                Tell();
            }
            return begins;
        }

        // Writes what the section lacks: all of its beginning, or the interfaces that have come since.
        private void Tell()
        {
            if(told < sectionLength)
            {
                Give(section.AsSpan(told, sectionLength - told));
                told = sectionLength;
            }
        }

        private void Give(ReadOnlySpan<byte> blocks)
        {
            output.Write(blocks);
            Bytes += (ulong)blocks.Length;
        }

        // The port's number in the capture, which it keeps in all sections.
        private int Find(NetworkPort port)
        {
            if(port.Number < numbers.Length && numbers[port.Number] != 0)
            {
                return numbers[port.Number] - 1;
            }
            if(port.Number >= numbers.Length)
            {
                Array.Resize(ref numbers, Math.Max(port.Number + 1, 2 * numbers.Length));
            }
            // A port that was disconnected, and is connected again, has another number and the same name.
            var found = Array.IndexOf(names, port.Name);
            if(found < 0)
            {
                found = names.Length;
                Array.Resize(ref names, found + 1);
                Array.Resize(ref lost, found + 1);
                names[found] = port.Name;
                writer.Clear();
                writer.AddInterface(port.Name, $"port {port.Number} of network {network.Name}", options.SnapLength);
                KeepBlocks();
            }
            numbers[port.Number] = found + 1;
            return found;
        }

        private void KeepBlocks()
        {
            var blocks = writer.Blocks;
            if(sectionLength + blocks.Length > section.Length)
            {
                Array.Resize(ref section, Math.Max(sectionLength + blocks.Length, 2 * section.Length));
            }
            blocks.CopyTo(section.AsSpan(sectionLength));
            sectionLength += blocks.Length;
        }

        private void End(string? reason, bool isFault)
        {
            IsRunning = false;
            try
            {
                output.Close();
            }
            catch(Exception e)
            {
                reason = isFault ? reason : e.Message;
                isFault = true;
            }
            if(reason != null)
            {
                log.CaptureEnded(this, reason, isFault);
            }
        }

        // The beginning of a section: its header, and the ports in their order.
        private byte[] section = new byte[InitialBytes];
        private int sectionLength;
        // What the section that is being written has of it.
        private int told;
        // By the port's number in the capture.
        private string[] names = Array.Empty<string>();
        // Packets that had no room since the last one of this port that had.
        private ulong[] lost = Array.Empty<ulong>();
        // By the port's number in the network: the number in the capture, and 1; or 0.
        private int[] numbers = Array.Empty<int>();

        private readonly VirtualNetwork network;
        private readonly CaptureOptions options;
        private readonly ICaptureOutput output;
        private readonly ICaptureLog log;
        private readonly PcapngWriter writer = new PcapngWriter();
        private readonly SoftwareOffload offload = new SoftwareOffload();

        private static readonly PortDirection[] Directions = { PortDirection.In, PortDirection.Out };

        private const string Application = "renode-virtio-net";
        private const int InitialBytes = 1 << 10;
    }
}
