// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A machine that has a virtual time of its own: "emulation CreateNode" in the monitor makes one.
//
// The machines that "mach create" makes share one clock. While they run, it shows the time that the slowest of their CPUs has reached,
// and what is on a machine's schedule, such as a timer or the arrival of a packet, happens when this clock comes to it. By then the
// machine's own CPU may be anywhere up to the end of the quantum, depending on the host's threads: in parallel execution no two runs
// need be equal. Renode can give a machine a time source of its own, but has no command for it. On such a machine everything
// happens at its exact time, between two of its instructions, and equal guests do the same in parallel as one after the other.

using System.Linq;

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Time;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Monitor command that makes a machine with a time of its own.</summary>
    public static class NetworkNodeExtensions
    {
        /// <summary>
        /// Makes a machine whose timers and packets have exact times, whatever other machines do, so that runs repeat in parallel
        /// execution, too. To be followed by mach set, and by all that is done with a machine of mach create.
        /// </summary>
        public static void CreateNode(this Emulation emulation, string name)
        {
            if(string.IsNullOrWhiteSpace(name))
            {
                throw new RecoverableException($"name is \"{name}\"; it must be a word, by which the machine is known in the monitor, as with mach create");
            }
            var machine = new Machine(createLocalTimeSource: true);
            NodeQuantum.Watch(emulation);
            var (time, shared) = (machine.LocalTimeSource, emulation.MasterTimeSource);
            (time.Quantum, time.AdvanceImmediately, time.ExecuteInSerial) = (shared.Quantum, shared.AdvanceImmediately, shared.ExecuteInSerial);
            if(!emulation.TryAddMachine(machine, name))
            {
                machine.Dispose();
                throw new RecoverableException($"name is \"{name}\", which another machine has; it must be a new one");
            }
        }

        /// <summary>True if the machine's schedule is exact: it has a time of its own, or no other machine to share it with.</summary>
        internal static bool HasOwnTime(this IMachine machine)
        {
            return machine.LocalTimeSource is SlaveTimeSource || !EmulationManager.Instance.CurrentEmulation.Machines.Skip(1).Any();
        }
    }
}
