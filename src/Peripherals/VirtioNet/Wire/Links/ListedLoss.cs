// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// "loss packets 3,7,12": exactly these packets, as ns-3's ReceiveListErrorModel.

using System;

namespace VirtioNet.Wire.Links
{
    /// <summary>Loses the packets with these numbers. The first packet after the model was set is 1.</summary>
    public sealed class ListedLoss : LossModel
    {
        internal ListedLoss(ulong[] numbers)
        {
            this.numbers = numbers;
            Array.Sort(numbers);
        }

        /// <inheritdoc/>
        public override string ToString()
        {
            return "loss packets " + string.Join(",", numbers);
        }

        internal override bool Loses(ref LossState state, ulong packet)
        {
            state.Seen++;
            return Array.BinarySearch(numbers, state.Seen) >= 0;
        }

        private readonly ulong[] numbers;
    }
}
