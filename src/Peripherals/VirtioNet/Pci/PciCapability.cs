// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// A capability: a few registers with which a function says that it can do more than the header tells, and lets the
// guest control it. PCI Local Bus 3.0: 6.7 "Capabilities List".
//
//   +0 id u8   +1 offset of the next capability u8, 0 in the last   +2 registers of its own
//
// A new capability is a class derived from this one and a line Config.Add(new ...) where the function is made.

using System;

namespace VirtioNet.Pci
{
    /// <summary>
    /// One capability of one function. Its registers live in the configuration space; this class gives them their first
    /// values and acts when the guest reads or writes them. Registers and offsets count from the capability's start.
    /// </summary>
    public abstract class PciCapability
    {
        /// <summary>
        /// Called before the guest reads bytes of this capability, so that it can compute a register whose value is not kept.
        /// <paramref name="offset"/> and <paramref name="width"/> are the bytes of the access that lie in it.
        /// </summary>
        public virtual void BeforeRead(int offset, int width)
        {
        }

        /// <summary>
        /// Called after the guest has written to bytes of this capability, read-only ones included, with the bytes of the
        /// access that lie in it. Bits that the guest may write have their new values.
        /// </summary>
        public virtual void AfterWrite(int offset, int width)
        {
        }

        /// <summary>
        /// Called when the function has become bus master, or no longer is. Only a bus master accesses memory and sends messages.
        /// </summary>
        public virtual void BusMasterChanged(bool isMaster)
        {
        }

        /// <summary>Called when the function is reset, after the registers have their first values again.</summary>
        public virtual void Reset()
        {
        }

        /// <summary>Id of the kind of capability, from the PCI Code and ID Assignment Specification.</summary>
        public byte Id { get; }

        /// <summary>Size in bytes, from the id on.</summary>
        public int Size { get; }

        /// <summary>Offset in the configuration space, once it was added to one.</summary>
        public int Offset { get; private set; }

        /// <summary>Takes the id of the capability's kind and its size in bytes, id and link included.</summary>
        protected PciCapability(byte id, int size)
        {
            Id = id;
            Size = size;
        }

        /// <summary>Gives the registers their first values, and says which bits the guest may write. Called once.</summary>
        protected abstract void SetUp();

        /// <summary>Reads a register, without side effects.</summary>
        protected ulong Get(int register, int width)
        {
            return Config.Get(Offset + register, width);
        }

        /// <summary>Sets a register, whatever the guest may write.</summary>
        protected void Set(int register, int width, ulong value)
        {
            Config.Set(Offset + register, width, value);
        }

        /// <summary>Lets the guest write these bits of a register.</summary>
        protected void AllowWrite(int register, int width, ulong mask)
        {
            Config.AllowWrite(Offset + register, width, mask);
        }

        /// <summary>The configuration space that the capability was added to.</summary>
        protected ConfigSpace Config { get; private set; } = null!;

        /// <summary>Called by <see cref="ConfigSpace.Add(PciCapability)"/>, which chooses the place.</summary>
        internal void AddedTo(ConfigSpace config, int offset)
        {
            Config = config;
            Offset = offset;
            SetUp();
        }

        /// <summary>True if an access to the configuration space touches the capability, and which of its bytes.</summary>
        internal bool IsTouchedBy(int offset, int width, out int start, out int count)
        {
            start = Math.Max(offset - Offset, 0);
            count = Math.Min(offset - Offset + width, Size) - start;
            return count > 0;
        }
    }
}
