// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The way of every access to a machine's hosts and cards: take the lock, do the access, catch what is thrown, release the lock,
// and then do what had to wait until the lock was free.
//
// There is one lock a machine. Functions of a bus share windows and interrupt lines, and a card changes its bus when it
// is plugged in, so finer locks would often have to be taken two at a time, in a fixed order. Machines share nothing.
//
// Nothing of Renode is called while the lock is held, with two exceptions. Renode has locks of its own: a thread that takes
// a peripheral off the machine, for example, holds one when it calls a card, and so may a thread that writes the log. So what
// has to be known of the machine is looked up before the lock is taken, and calls of Renode wait in a list until the lock is
// free: interrupt messages, the scheduling of deferred work, lines of the log.
//
// The first exception is interrupt lines: two threads that drive one line must do so in the order in which they saw its level.
// It is safe, because an interrupt controller only passes the level on. The second is that CPUs are told which code was
// overwritten, which has to be before they can run it (SystemBusMemory).

using System;
using System.Collections.Generic;
using System.Threading;

using Antmicro.Migrant;
using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>The one lock of a machine's hosts and cards, and what is to be done when it is free again.</summary>
    internal sealed class MachineGuard
    {
        /// <summary>Makes the guard of a machine.</summary>
        public MachineGuard(IMachine machine, GuestMachine guest)
        {
            this.machine = machine;
            this.guest = guest;
        }

        /// <summary>
        /// Makes an access. <paramref name="perform"/> is called with the lock held, and so is <paramref name="fail"/> if that
        /// has thrown. Both are static functions without a closure; what they need is in <paramref name="access"/>. Returns what
        /// they return.
        /// </summary>
        public ulong Run<TAccess>(TAccess access, Func<TAccess, ulong> perform, Func<TAccess, Exception, ulong> fail)
        {
            ulong result;
            guest.Refresh();
            lock(sync)
            {
                depth++;
                try
                {
                    result = perform(access);
                }
                catch(Exception e)
                {
                    result = Fail(access, e, fail);
                }
                depth--;
                // An access inside of another, such as that of a hook on an interrupt line, leaves its errands to the outer one.
                if(depth > 0 || isRunningErrands || errands.Count == 0)
                {
                    return result;
                }
                isRunningErrands = true;
            }
            RunErrands();
            return result;
        }

        /// <summary>
        /// Does something when the lock is free again, in the order of the calls; at once if this thread does not hold it.
        /// </summary>
        public void After(Action errand)
        {
            if(Monitor.IsEntered(sync))
            {
                errands.Enqueue(new Errand(errand));
            }
            else
            {
                errand();
            }
        }

        /// <summary>The same for an interrupt's message, without a closure. Called with the lock held.</summary>
        public void After(Action<ulong, uint> send, ulong address, uint data)
        {
            errands.Enqueue(new Errand(send, address, data));
        }

        // What is done because of an exception may throw as well, for example the interrupt that tells the driver of it.
        private ulong Fail<TAccess>(TAccess access, Exception first, Func<TAccess, Exception, ulong> fail)
        {
            try
            {
                return fail(access, first);
            }
            catch(Exception second)
            {
                After(() => machine.Log(LogLevel.Error, "Defect in the virtio-net plugin, please report it: {0}\nwhile it dealt with: {1}", second, first));
                return 0;
            }
        }

        // One thread at a time does the errands, also those that others add meanwhile. So they keep their order, and are not nested:
        // an errand may cause another access, such as a message to a device that then writes to a card, and that adds errands.
        private void RunErrands()
        {
            while(TryTake(out var errand))
            {
                try
                {
                    errand.Run();
                }
                catch(Exception e)
                {
                    machine.Log(LogLevel.Error, "Defect in the virtio-net plugin, please report it: {0}", e);
                }
            }
        }

        private bool TryTake(out Errand errand)
        {
            lock(sync)
            {
                isRunningErrands = errands.TryDequeue(out errand);
                return isRunningErrands;
            }
        }

        [Transient]
        private int depth;
        [Transient]
        private bool isRunningErrands;

        private readonly IMachine machine;
        private readonly GuestMachine guest;
        private readonly object sync = new object();
        // Empty when a snapshot is made: then no access is under way.
        [Constructor]
        private readonly Queue<Errand> errands = new Queue<Errand>();

        private readonly struct Errand
        {
            public Errand(Action action)
            {
                this.action = action;
                send = null;
                address = 0;
                data = 0;
            }

            public Errand(Action<ulong, uint> send, ulong address, uint data)
            {
                action = null;
                this.send = send;
                this.address = address;
                this.data = data;
            }

            public void Run()
            {
                action?.Invoke();
                send?.Invoke(address, data);
            }

            private readonly Action? action;
            private readonly Action<ulong, uint>? send;
            private readonly ulong address;
            private readonly uint data;
        }
    }
}
