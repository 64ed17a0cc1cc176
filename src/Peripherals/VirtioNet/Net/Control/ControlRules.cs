// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a driver can get wrong with commands. A command that breaks one of these changes nothing.

using VirtioNet.Reports;

namespace VirtioNet.Net.Control
{
    /// <summary>Rules for commands of the control queue. The numbers that are reported are class and command, unless a rule says otherwise.</summary>
    internal static class ControlRules
    {
        /// <summary>Each command has a byte for the answer, which the device may write. The numbers are the queue and the readable length.</summary>
        public static readonly Rule NoRoomForAnswer = new Rule("a command of the control queue has no byte that the device may write its answer to", "virtio v1.4-cs01: 5.1.9.5");

        /// <summary>The control queue is used only if CTRL_VQ was negotiated. The number is the queue.</summary>
        public static readonly Rule NotNegotiated = new Rule("the control queue is used, and CTRL_VQ was not negotiated", "virtio v1.4-cs01: 5.1.2");

        /// <summary>A driver sends on no pair of queues beyond those that it uses. The numbers are the queue and the count of pairs.</summary>
        public static readonly Rule PairNotUsed = new Rule("a packet is sent on a pair of queues beyond those that VQ_PAIRS_SET has chosen, and waits there", "virtio v1.4-cs01: 5.1.9.5.6.1");

        /// <summary>The driver uses commands that exist, and whose feature was negotiated.</summary>
        public static readonly Rule UnknownCommand = new Rule("a command of the control queue is unknown, or its feature was not negotiated", "virtio v1.4-cs01: 5.1.9.5");

        /// <summary>The data of a command has the length and the values that the spec allows.</summary>
        public static readonly Rule WrongData = new Rule("a command of the control queue has data of a wrong length, or with a value that is not allowed", "virtio v1.4-cs01: 5.1.9.5");
    }
}
