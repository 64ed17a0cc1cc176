// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Gives machines that have a virtual time of their own a new quantum.
//
// "emulation SetGlobalQuantum" gives it to the emulation's time source first, and then to one machine's after the other, while they run.
// Renode 1.16.1 does not bear that: a machine may then be in the middle of a time that the emulation has granted it, with a quantum that
// is longer than what is left of it, and Renode ends with an OverflowException. So as soon as the emulation's time source has
// its new quantum, it gets the old one back; and when no CPU runs, at the next synchronisation, it and all machines get the new one
// together. Only then the command goes on, and finds that each machine has it.

using System;
using System.Linq;
using System.Threading;

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Time;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Watches the quantum of an emulation that has machines of <c>CreateNode</c>.</summary>
    internal sealed class NodeQuantum
    {
        /// <summary>From now on a new quantum of the emulation comes to all machines at once. A snapshot keeps that: the emulation and the subscriber.</summary>
        public static void Watch(Emulation emulation)
        {
            if(!emulation.TryGetFromBag<NodeQuantum>(NameInBag, out _))
            {
                emulation.AddOrUpdateInBag(NameInBag, new NodeQuantum(emulation));
            }
        }

        private NodeQuantum(Emulation emulation)
        {
            this.emulation = emulation;
            emulation.MasterTimeSource.QuantumChanged += Spread;
        }

        private void Spread(TimeInterval before, TimeInterval quantum)
        {
            var shared = emulation.MasterTimeSource;
            // It was set from here, or no machine runs and each may have it at once.
            if(isSpreading || !emulation.IsStarted)
            {
                return;
            }
            if(shared.IsOnSyncPhaseThread)
            {
                SetAll(quantum);
                return;
            }
            Set(shared, before);
            var isSet = new ManualResetEventSlim();
            var number = shared.ExecuteInSyncedState(_ =>
            {
                SetAll(quantum);
                isSet.Set();
            }, new TimeStamp());
            if(!isSet.Wait(PatienceMilliseconds) && shared.CancelActionToExecuteInSyncedState(number))
            {
                throw new RecoverableException($"The quantum is still {before.TotalMicroseconds} us: the machines have not come to a synchronisation within " +
                    $"{PatienceMilliseconds / 1000} s. Pause the emulation, or let go on what stops them, and set it again");
            }
        }

        private void SetAll(TimeInterval quantum)
        {
            foreach(var time in emulation.Machines.Select(x => x.LocalTimeSource).Append(emulation.MasterTimeSource))
            {
                Set(time, quantum);
            }
        }

        private void Set(TimeSourceBase time, TimeInterval quantum)
        {
            isSpreading = true;
            time.Quantum = quantum;
            isSpreading = false;
        }

        private bool isSpreading;

        private readonly Emulation emulation;

        // In real time.
        private const int PatienceMilliseconds = 10000;

        private const string NameInBag = "virtio-net node quantum";
    }
}
