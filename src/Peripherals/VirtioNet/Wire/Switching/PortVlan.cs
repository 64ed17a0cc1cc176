// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Which VLANs a port carries, and how. IEEE 802.1Q, 6.9 (classification), 8.6 (forwarding); words as on common switches.

using System;
using System.Collections.Generic;
using System.Globalization;

namespace VirtioNet.Wire.Switching
{
    /// <summary>How a frame leaves: the tag that it has.</summary>
    internal enum TagForm
    {
        AsItCame,
        Untagged,
        Tagged,
    }

    /// <summary>
    /// An immutable value. "none": frames pass with whatever tags they have, to the other such ports only. "access 10":
    /// frames without tag belong to VLAN 10, and those of VLAN 10 leave without. "trunk 10,20-30 native 5": frames have tags with
    /// one of these VLANs, and those without belong to VLAN 5; without a native VLAN they are dropped. Customer tags (0x8100)
    /// count; all others are a part of the frame. A tag with VLAN 0 has a priority only, and its frame counts as one without.
    /// </summary>
    public sealed class PortVlan
    {
        private PortVlan(ulong[]? tagged, int untagged)
        {
            this.tagged = tagged;
            this.untagged = untagged;
        }

        /// <summary>Reads the words. False with a fault that names the wrong word, what is allowed, and the remedy.</summary>
        public static bool TryParse(string words, out PortVlan vlan, out string fault)
        {
            var parts = words.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            vlan = None;
            fault = "";
            if(parts.Length == 1 && parts[0] == "none")
            {
                return true;
            }
            var untagged = 0;
            var set = new ulong[(MaxVlan + WordBits) / WordBits];
            if(parts.Length == 2 && parts[0] == "access")
            {
                vlan = TryReadNumber(parts[1], out untagged, ref fault) ? new PortVlan(set, untagged) : None;
                return fault.Length == 0;
            }
            var hasNative = parts.Length == 4 && parts[2] == "native";
            if(!(parts.Length == 2 || hasNative) || parts[0] != "trunk")
            {
                fault = $"'{words}' says nothing of VLANs: 'none', 'access 10', 'trunk 10,20-30', 'trunk all' and 'trunk 10,20 native 5' are allowed";
                return false;
            }
            if(hasNative && !TryReadNumber(parts[3], out untagged, ref fault))
            {
                return false;
            }
            foreach(var range in (parts[1] == "all" ? $"1-{MaxVlan}" : parts[1]).Split(','))
            {
                if(!TryAddRange(range, set, ref fault))
                {
                    return false;
                }
            }
            vlan = new PortVlan(set, untagged);
            return true;
        }

        /// <summary>The words that make it.</summary>
        public override string ToString()
        {
            if(tagged == null)
            {
                return "none";
            }
            var ranges = Ranges();
            return ranges.Length == 0 ? $"access {untagged}" : $"trunk {ranges}{(untagged == 0 ? "" : $" native {untagged}")}";
        }

        /// <summary>True if frames of this VLAN pass. VLAN 0: those of ports with "none".</summary>
        public bool Carries(int vlan)
        {
            return tagged == null || vlan == 0 ? tagged == null && vlan == 0 : vlan == untagged || IsTagged(vlan);
        }

        /// <summary>The port passes frames as they are.</summary>
        public static readonly PortVlan None = new PortVlan(null, 0);

        /// <summary>The largest number of a VLAN; 4095 is reserved.</summary>
        public const int MaxVlan = 4094;

        /// <summary>The VLAN of a frame that comes in. False if the port does not carry it.</summary>
        internal bool TryClassify(ReadOnlySpan<byte> frame, out int vlan)
        {
            if(tagged == null)
            {
                vlan = 0;
                return true;
            }
            if(!VlanTag.TryRead(frame, out vlan) || vlan == 0)
            {
                vlan = untagged;
            }
            return vlan != 0 && Carries(vlan);
        }

        /// <summary>How frames of a VLAN leave that the port carries.</summary>
        internal TagForm FormOf(int vlan)
        {
            return vlan == 0 ? TagForm.AsItCame : vlan == untagged ? TagForm.Untagged : TagForm.Tagged;
        }

        private bool IsTagged(int vlan)
        {
            return vlan <= MaxVlan && (tagged![vlan / WordBits] >> (vlan % WordBits) & 1) != 0;
        }

        private string Ranges()
        {
            var ranges = new List<string>();
            for(var vlan = 1; vlan <= MaxVlan; vlan++)
            {
                if(!IsTagged(vlan))
                {
                    continue;
                }
                var first = vlan;
                while(IsTagged(vlan + 1))
                {
                    vlan++;
                }
                ranges.Add(first == vlan ? $"{first}" : $"{first}-{vlan}");
            }
            var text = string.Join(",", ranges);
            return text == $"1-{MaxVlan}" ? "all" : text;
        }

        private static bool TryAddRange(string range, ulong[] set, ref string fault)
        {
            var ends = range.Split('-');
            var last = 0;
            if(!TryReadNumber(ends[0], out var first, ref fault) || (ends.Length > 1 && !TryReadNumber(ends[1], out last, ref fault)))
            {
                return false;
            }
            if(ends.Length > 2 || (ends.Length == 2 && last < first))
            {
                fault = $"'{range}' is no range of VLANs: write the lower number first, such as 20-30";
                return false;
            }
            for(var vlan = first; vlan <= Math.Max(first, last); vlan++)
            {
                set[vlan / WordBits] |= 1UL << (vlan % WordBits);
            }
            return true;
        }

        private static bool TryReadNumber(string text, out int vlan, ref string fault)
        {
            if(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out vlan) && vlan >= 1 && vlan <= MaxVlan)
            {
                return true;
            }
            fault = $"'{text}' is no VLAN: numbers from 1 to {MaxVlan} are allowed";
            return false;
        }

        // A bit for each VLAN whose frames have a tag; null: the port knows no VLANs.
        private readonly ulong[]? tagged;
        // The VLAN of frames without tag; 0: none.
        private readonly int untagged;

        private const int WordBits = 64;
    }
}
