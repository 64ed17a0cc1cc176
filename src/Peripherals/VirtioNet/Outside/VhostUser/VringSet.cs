// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// All rings of a device, as the front end has told of them. vhost-user: "Multiple queue support", "Ring states".

namespace VirtioNet.Outside.VhostUser
{
    /// <summary>The rings by their index.</summary>
    internal sealed class VringSet
    {
        /// <summary>Makes so many rings, of which nothing is known yet: stopped and disabled.</summary>
        public VringSet(int count)
        {
            rings = new Vring[count];
            for(var i = 0; i < count; i++)
            {
                rings[i] = new Vring();
            }
        }

        /// <summary>Forgets all that was told, and closes the descriptors.</summary>
        public void Forget()
        {
            for(var i = 0; i < rings.Length; i++)
            {
                rings[i].Dispose();
                rings[i] = new Vring();
            }
        }

        /// <summary>The ring that a message names, or null if there is none.</summary>
        public Vring? Find(ulong index)
        {
            return index < (ulong)rings.Length ? rings[index] : null;
        }

        /// <summary>Enables or disables all rings.</summary>
        public void EnableAll(bool enable)
        {
            foreach(var ring in rings)
            {
                ring.IsEnabled = enable;
            }
        }

        /// <summary>The ring of an index that is known to exist.</summary>
        public Vring this[int index] => rings[index];

        /// <summary>How many rings there are.</summary>
        public int Count => rings.Length;

        private readonly Vring[] rings;
    }
}
