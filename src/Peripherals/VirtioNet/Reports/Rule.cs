// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A rule that a driver or a peer has to keep. Each report names the rule that was broken; reports are counted, and their rate
// is limited, for each rule by itself.

namespace VirtioNet.Reports
{
    /// <summary>
    /// A rule for drivers or peers. There is one object for each, made once, so a report can be found again by its rule
    /// whatever numbers come with it, and nobody can make the list of rules grow.
    /// </summary>
    public sealed class Rule
    {
        /// <summary>Takes a sentence that names the rule or what broke it, and where the rule is written down.</summary>
        public Rule(string sentence, string source)
        {
            Sentence = sentence;
            Source = source;
        }

        /// <summary>The sentence.</summary>
        public override string ToString()
        {
            return Sentence;
        }

        /// <summary>What the rule is, or what broke it, in a sentence without a full stop.</summary>
        public string Sentence { get; }

        /// <summary>Where it is written down, such as "virtio v1.4-cs01: 4.1.4.3".</summary>
        public string Source { get; }
    }
}
