// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// The forms in which one packet leaves a switch: whole or as finished frames, with or without tag.

using System.Collections.Generic;

namespace VirtioNet.Wire.Switching
{
    /// <summary>Makes each form when the first port needs it, and once for all who need it.</summary>
    internal sealed class PacketForms
    {
        public PacketForms(FrameMaker maker)
        {
            this.maker = maker;
        }

        /// <summary>Goes on to a packet that belongs to this VLAN.</summary>
        public void Begin(Packet next, int itsVlan)
        {
            End();
            Packet = next;
            vlan = itsVlan;
            isTagged = VlanTag.TryRead(next.Bytes, out tag);
        }

        /// <summary>Forgets the packet, so that its bytes can be freed.</summary>
        public void End()
        {
            for(var i = 0; i < FormCount; i++)
            {
                whole[i] = null;
                frames[i].Clear();
            }
        }

        /// <summary>The packet as one.</summary>
        public Packet Whole(TagForm form)
        {
            form = Simplify(form);
            return form == TagForm.AsItCame ? Packet : whole[(int)form] ??= WithTag(Packet, form);
        }

        /// <summary>Length of the whole packet in a form, in bytes.</summary>
        public int LengthOf(TagForm form)
        {
            var had = isTagged ? Ethernet.TagSize : 0;
            var has = form == TagForm.AsItCame ? had : form == TagForm.Tagged ? Ethernet.TagSize : 0;
            return Packet.Length - had + has;
        }

        /// <summary>The frames that it becomes. They are cut before their tags are changed, so that a tag more is never one too many.</summary>
        public List<Packet> Frames(TagForm form)
        {
            form = Simplify(form);
            var made = frames[(int)form];
            if(made.Count == 0)
            {
                if(form == TagForm.AsItCame)
                {
                    maker.Make(Packet, made);
                }
                else
                {
                    foreach(var frame in Frames(TagForm.AsItCame))
                    {
                        made.Add(WithTag(frame, form));
                    }
                }
            }
            return made;
        }

        /// <summary>The packet as it came.</summary>
        public Packet Packet { get; private set; } = new Packet(System.Array.Empty<byte>());

        // Often it has the right tag, or none, already.
        private TagForm Simplify(TagForm form)
        {
            var isRight = form == TagForm.Untagged ? !isTagged : isTagged && tag == vlan;
            return isRight ? TagForm.AsItCame : form;
        }

        private Packet WithTag(Packet from, TagForm form)
        {
            return form == TagForm.Untagged ? VlanTag.Remove(from) : isTagged ? VlanTag.Change(from, vlan) : VlanTag.Insert(from, vlan);
        }

        private int vlan;
        private int tag;
        private bool isTagged;

        private readonly Packet?[] whole = new Packet?[FormCount];
        private readonly List<Packet>[] frames = { new List<Packet>(), new List<Packet>(), new List<Packet>() };
        private readonly FrameMaker maker;

        private const int FormCount = 3;
    }
}
