// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The control queue: commands of the driver, each answered by one byte. virtio v1.4-cs01: 5.1.9.5 "Control Virtqueue".

using System;

using VirtioNet.Memory;
using VirtioNet.Net.Control;
using VirtioNet.Queues;
using VirtioNet.Reports;
using VirtioNet.Spec;
using VirtioNet.Transport.Core;

namespace VirtioNet.Net
{
    /// <summary>
    /// Takes commands, one a chain, and answers each: VIRTIO_NET_OK if it was carried out, VIRTIO_NET_ERR if it is unknown or malformed,
    /// or if its feature was not negotiated; then nothing was changed.
    /// </summary>
    internal sealed class ControlRole : QueueRole
    {
        /// <summary>Makes the control queue of a device.</summary>
        public ControlRole(NetDevice device, int number)
            : base(device, number)
        {
        }

        /// <summary>
        /// Answers what is available, at most one share of work, and gives all chains back as one batch. The rest is deferred, so that
        /// each of many notifications causes a bounded amount of work (H-55).
        /// </summary>
        public override void Notified(Virtqueue queue)
        {
            if(!Negotiated.Features.Has(Feature.CtrlVq))
            {
                Transport.Reports.Misuse(ControlRules.NotNegotiated, (uint)Number, 0);
                return;
            }
            var share = new WorkShare(queue.Size);
            do
            {
                Drain(queue, ref share);
            }
            while(!share.IsSpent && queue.EnableNotifications());
            if(!Transport.IsRunning)
            {
                // A command has let packets come in, and the device has found the queue for one of them broken.
                return;
            }
            Transport.Complete(queue);
            if(share.IsSpent)
            {
                Transport.Defer(queue);
            }
        }

        /// <summary>Nothing to do: no command is kept here.</summary>
        public override void Stopped()
        {
        }

        /// <inheritdoc/>
        public override void ResetCounters()
        {
            (commands, commandsDone) = (0, 0);
        }

        /// <inheritdoc/>
        public override ulong StatisticsTypes => QueueStatistics.Bit(ControlLayout.ControlStatistics);

        /// <summary>command_num and ok_num, which both count the command that asks for them.</summary>
        public override ulong[] Statistics(byte type, QueueCounters traffic)
        {
            return new[] { commands, commandsDone + 1 };
        }

        private void Drain(Virtqueue queue, ref WorkShare share)
        {
            while(!share.IsSpent && Transport.IsRunning && queue.Pop(chains) != 0)
            {
                share.Chains--;
                share.Waste(chains[0].Descriptors * RingLayout.DescriptorSize);
                Answer(queue, ref share);
            }
        }

        // The command is read and carried out before the answer is written, so it does not matter if its parts overlap in memory (H-100).
        private void Answer(Virtqueue queue, ref WorkShare share)
        {
            ref readonly var chain = ref chains[0];
            if(chain.WritableLength == 0)
            {
                Transport.Reports.Misuse(ControlRules.NoRoomForAnswer, (uint)Number, chain.ReadableLength);
                queue.Push(chain, 0);
                return;
            }
            result.Begin();
            var data = new CommandData(new ChainReader(Transport.Memory, queue.Readable(chain)), chain.ReadableLength, Negotiated.IsBigEndian, room);
            commands++;
            var fault = Run(ref data);
            commandsDone += fault == null ? 1U : 0U;
            share.Waste((int)Math.Min(chain.ReadableLength - data.Left, WorkShare.MaxBytes));
            ReadOnlySpan<byte> answer = fault == null ? Ok : Error;
            var writer = new ChainWriter(Transport.Memory, queue.Writable(chain));
            var told = fault == null ? result.Bytes : default;
            if(!writer.TryWrite(ref answer) || !writer.TryWrite(ref told))
            {
                queue.Reject(QueueFault.BufferGone, chain);
                return;
            }
            queue.Push(chain, writer.Written);
        }

        // Returns the rule that the command breaks, or null if it was carried out.
        private Rule? Run(ref CommandData data)
        {
            // A command without these two bytes counts as one of class 0, which cannot be carried out.
            var isWhole = data.TryReadByte(out var number) & data.TryReadByte(out var command);
            var fault = isWhole ? Run(number, command, ref data) : ControlRules.WrongData;
            if(fault != null)
            {
                Transport.Reports.Misuse(fault, number, command);
            }
            return fault;
        }

        private Rule? Run(byte number, byte command, ref CommandData data)
        {
            if(number >= classes.Length || !(classes[number].FeatureOf(command) is Feature feature) || !Negotiated.Features.Has(feature))
            {
                return ControlRules.UnknownCommand;
            }
            return classes[number].TryRun(command, ref data, result, Device) ? null : ControlRules.WrongData;
        }

        private ulong commands;
        private ulong commandsDone;

        private readonly DescriptorChain[] chains = new DescriptorChain[1];
        private readonly CommandResult result = new CommandResult();
        private readonly byte[] room = new byte[CommandData.RoomSize];
        // By the numbers of ControlLayout.
        private readonly CommandClass[] classes =
        {
            new ReceiveCommands(), new MacCommands(), new VlanCommands(), new AnnounceCommands(), new MultiqueueCommands(), new OffloadCommands(),
            new CoalescingCommands(), new HashTunnelCommands(), new StatisticsCommands(),
        };

        private static readonly byte[] Ok = { ControlLayout.Ok };
        private static readonly byte[] Error = { ControlLayout.Error };
    }
}
