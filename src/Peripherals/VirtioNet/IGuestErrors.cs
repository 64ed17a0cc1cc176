#nullable enable
// Where the core tells what a guest got wrong. Hazards 0 (reactions R0 and R3) and H-115.

namespace VirtioNet
{
    /// <summary>
    /// Receives what the guest did wrong. A guest can call it millions of times a second, so the caller
    /// formats nothing and the receiver limits the rate.
    /// </summary>
    public interface IGuestErrors
    {
        /// <summary>R0: an access had no effect. <paramref name="rule"/> is a constant sentence that names the rule.</summary>
        void Misuse(string rule, ulong where, ulong value);

        /// <summary>R3: the device has parked itself and needs a reset. Called once until then.</summary>
        void Parked(string reason);
    }
}
