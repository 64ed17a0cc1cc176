// renode-virtio-net, MIT licence: see LICENSE.
// What must hold after each step of a random walk, whatever the driver does:
//
//   I1  no exception leaves the queue
//   I2  the work of a step is bounded by the length of the longest chain
//   I3  the device writes only what is its own: used elements where the driver expects them, and its fields of the ring
//   I4  the device uses no more than was made available, and each chain once
//   I5  a chain comes back with the id and the length with which it was pushed
//   I6  after an error the queue touches no memory and notifies nobody
//   I7  a new queue over the same memory works
//   I8  no descriptor and no chain is lost
//   I9  the same steps do the same

namespace VirtioNet.Tests.Queues;

internal static class Invariant
{
    /// <summary>
    /// Throws if the condition is false. Not an NUnit assertion: the walk is run again and again while it is being
    /// shrunk, and each failed assertion would be reported.
    /// </summary>
    public static void Holds(bool condition, string rule)
    {
        if(!condition)
        {
            throw new InvalidOperationException(rule);
        }
    }
}
