// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a user has written wrong. All of it is said at once, and by an exception that Renode shows to its user: others end Renode.

using System;
using System.Collections.Generic;

using Antmicro.Renode.Exceptions;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Sentences, each of which names a value by the user's word for it and says what is allowed.</summary>
    internal sealed class Faults
    {
        /// <summary>Adds a sentence unless the value is allowed; the answer is whether it is.</summary>
        public bool Check(bool isAllowed, string sentence)
        {
            if(!isAllowed)
            {
                sentences.Add(sentence);
            }
            return isAllowed;
        }

        /// <summary>Adds what a check of the core's objects to.</summary>
        public void Check(Action check)
        {
            try
            {
                check();
            }
            catch(ArgumentException e)
            {
                sentences.Add(e.Message);
            }
        }

        /// <summary>Refuses to make something of the values, if there is a sentence.</summary>
        public void ThrowIfAny()
        {
            if(sentences.Count > 0)
            {
                throw new ConstructionException(ToString());
            }
        }

        /// <inheritdoc/>
        public override string ToString() => string.Join("; ", sentences);

        private readonly List<string> sentences = new List<string>();
    }
}
