// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Collects what is wrong with the values that a user has written, and throws one exception that names all of it. Renode shows
// an exception of this type to its user; others end Renode.

using System;
using System.Collections.Generic;

using Antmicro.Renode.Exceptions;

namespace Antmicro.Renode.Peripherals.Network
{
    /// <summary>Sentences, each of which names a value by the user's word for it and says what is allowed.</summary>
    internal sealed class Faults
    {
        /// <summary>Adds a sentence unless the value is allowed. Returns whether it is.</summary>
        public bool Check(bool isAllowed, string sentence)
        {
            if(!isAllowed)
            {
                sentences.Add(sentence);
            }
            return isAllowed;
        }

        /// <summary>Runs a check of one of the core's objects. If it throws ArgumentException, adds the message.</summary>
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

        /// <summary>Throws <see cref="ConstructionException"/> with all sentences, if there are any.</summary>
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
