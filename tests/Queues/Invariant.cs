// What must hold after each step of a random walk.

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
