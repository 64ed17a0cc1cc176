// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The thread of a port. The process that a port serves runs in real time and not in Renode's virtual time, so the port needs a
// thread of its own. No other code here makes one.

using System;
using System.IO;
using System.Threading;

namespace VirtioNet.Outside
{
    /// <summary>What a port does on its thread. One call at a time; the last one is Dispose, which closes all that the port holds.</summary>
    internal interface IPortWork : IDisposable
    {
        /// <summary>
        /// Adds what the thread is to wait for. Returns after how many milliseconds it is to look without being woken, or a
        /// negative number for never.
        /// </summary>
        int Collect(PollSet poll);

        /// <summary>Something is ready, or the time is over. What one call does is bounded.</summary>
        void Work(PollSet poll);

        /// <summary>Collect or Work has thrown: gives up what may be damaged, and reports the exception.</summary>
        void Fail(Exception exception);
    }

    /// <summary>
    /// Waits and works, turn by turn, until it is disposed. Whatever is thrown, it does not leave the thread, because that
    /// would end the process.
    /// </summary>
    internal sealed class PortThread : IDisposable
    {
        /// <summary>Starts the thread. Throws IOException if the system gives no eventfd or no thread.</summary>
        public PortThread(string name, IPortWork work)
        {
            this.work = work;
            wake = new EventFd();
            thread = new Thread(Run) { IsBackground = true, Name = name };
            try
            {
                thread.Start();
            }
            catch(OutOfMemoryException exception)
            {
                wake.Dispose();
                throw new IOException("the system has no thread left", exception);
            }
        }

        /// <summary>Makes the thread take another turn. Any thread may call, at any time.</summary>
        public void Wake()
        {
            lock(gate)
            {
                if(!hasEnded)
                {
                    wake.Signal();
                }
            }
        }

        /// <summary>
        /// Ends the thread, and waits until it has ended. Called on the thread itself it does not wait: the thread ends when the call
        /// of Collect, Work or Fail that it is in returns.
        /// </summary>
        public void Dispose()
        {
            lock(gate)
            {
                isStopping = true;
                Monitor.PulseAll(gate);
            }
            Wake();
            if(!IsCurrent)
            {
                thread.Join();
            }
        }

        /// <summary>True on this thread.</summary>
        public bool IsCurrent => Thread.CurrentThread == thread;

        private void Run()
        {
            var poll = new PollSet();
            while(!isStopping)
            {
                try
                {
                    Turn(poll);
                }
                catch(Exception exception)
                {
                    Guard(() => work.Fail(exception));
                    Rest();
                }
            }
            Guard(work.Dispose);
            lock(gate)
            {
                hasEnded = true;
                wake.Dispose();
            }
        }

        private void Turn(PollSet poll)
        {
            poll.Clear();
            var woken = poll.Add(wake.Poll);
            var timeout = work.Collect(poll);
            poll.Wait(timeout);
            if(poll.IsReady(woken))
            {
                wake.Drain();
            }
            work.Work(poll);
        }

        // Pauses after a failure, so that one that comes again at once, such as a poll that the system refuses, does not keep a
        // processor busy. Wake makes the next turn work without waiting for a descriptor.
        private void Rest()
        {
            lock(gate)
            {
                if(!isStopping)
                {
                    Monitor.Wait(gate, RestTime);
                }
            }
            Wake();
        }

        // For Fail and Dispose: nobody is left to whom an exception of theirs could be reported.
        private static void Guard(Action action)
        {
            try
            {
                action();
            }
            catch(Exception)
            {
                // Dropped, because an exception that leaves the thread ends the process.
            }
        }

        private volatile bool isStopping;
        private bool hasEnded;

        private readonly object gate = new object();
        private readonly EventFd wake;
        private readonly Thread thread;
        private readonly IPortWork work;

        // Milliseconds.
        private const int RestTime = 100;
    }
}
