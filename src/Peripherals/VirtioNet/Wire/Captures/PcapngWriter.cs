// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// Blocks of the pcapng format, which Wireshark, tshark and tcpdump read. IETF draft-ietf-opsawg-pcapng: 3.1 (blocks), 3.5
// (options), 4.1 to 4.3 (the three blocks that are made here). All numbers are little-endian; the magic number tells the reader.
//
//   section header:         magic u32, major u16, minor u16, section length u64, options
//   interface description:  link type u16, reserved u16, snap length u32, options
//   enhanced packet:        interface u32, time high u32, time low u32, captured length u32, original length u32, bytes, options
//
// Around each: type u32 and length u32 before, the length again after. An option: code u16, length u16, value. Bytes and
// values are padded to a multiple of four.

using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;

namespace VirtioNet.Wire.Captures
{
    /// <summary>
    /// Makes blocks, one after the other, in a buffer that is used again after <see cref="Clear"/>: a packet allocates nothing. A packet
    /// is begun, may get comments, and is ended; a comment is begun, gets its text piece by piece, and is ended.
    /// </summary>
    public sealed class PcapngWriter
    {
        /// <summary>Forgets the blocks.</summary>
        public void Clear()
        {
            count = 0;
        }

        /// <summary>Begins a section, in which interfaces are numbered anew from 0.</summary>
        public void AddSection(string application, string comment)
        {
            Begin(SectionHeader);
            Add(ByteOrderMagic);
            AddShort(Major);
            AddShort(Minor);
            // The length of the section, which nobody knows yet.
            Add(uint.MaxValue);
            Add(uint.MaxValue);
            AddOption(Comment, comment);
            AddOption(Application, application);
            End();
        }

        /// <summary>Describes the next interface: Ethernet, with times in nanoseconds.</summary>
        public void AddInterface(string name, string description, int snapLength)
        {
            Begin(InterfaceDescription);
            AddShort(Ethernet);
            AddShort(0);
            Add((uint)snapLength);
            AddOption(InterfaceName, name);
            AddOption(InterfaceText, description);
            BeginOption(TimeResolution);
            Take(1)[0] = PowerOfNanoseconds;
            EndOption();
            End();
        }

        /// <summary>
        /// Begins a packet of an interface, of which at most so many bytes are kept. <paramref name="lost"/> packets of the interface are
        /// missing before it.
        /// </summary>
        public void BeginPacket(int number, ulong time, ReadOnlySpan<byte> bytes, int snapLength, PacketTraits flags, ulong lost = 0)
        {
            var captured = Math.Min(bytes.Length, snapLength);
            Begin(EnhancedPacket);
            Add((uint)number);
            Add((uint)(time >> 32));
            Add((uint)(time & uint.MaxValue));
            Add((uint)captured);
            Add((uint)bytes.Length);
            bytes.Slice(0, captured).CopyTo(Take(captured));
            Pad();
            BeginOption(Flags);
            Add((uint)flags);
            EndOption();
            if(lost != 0)
            {
                BeginOption(DropCount);
                BinaryPrimitives.WriteUInt64LittleEndian(Take(sizeof(ulong)), lost);
                EndOption();
            }
        }

        /// <summary>Ends the packet.</summary>
        public void EndPacket()
        {
            End();
        }

        /// <summary>Begins a comment of the packet. It may have several.</summary>
        public PcapngWriter BeginComment()
        {
            BeginOption(Comment);
            return this;
        }

        /// <summary>Adds text to the comment.</summary>
        public PcapngWriter Text(string text)
        {
            Encoding.UTF8.GetBytes(text, Take(Encoding.UTF8.GetByteCount(text)));
            return this;
        }

        /// <summary>Adds a number to the comment.</summary>
        public PcapngWriter Number(ulong number)
        {
            AddDigits(number, default);
            return this;
        }

        /// <summary>Adds a time to the comment, in seconds to the nanosecond.</summary>
        public PcapngWriter Seconds(ulong nanoseconds)
        {
            AddDigits(nanoseconds / NanosecondsPerSecond, default);
            Text(".");
            AddDigits(nanoseconds % NanosecondsPerSecond, new StandardFormat('D', PowerOfNanoseconds));
            return Text(" s");
        }

        /// <summary>Ends the comment.</summary>
        public void EndComment()
        {
            EndOption();
        }

        /// <summary>The blocks since the last <see cref="Clear"/>.</summary>
        public ReadOnlySpan<byte> Blocks => buffer.AsSpan(0, count);

        /// <summary>Most bytes of a packet that Wireshark reads.</summary>
        public const int MaxSnapLength = 262_144;

        private void Begin(uint type)
        {
            block = count;
            Add(type);
            // The length, at the end.
            Add(0);
        }

        private void End()
        {
            // opt_endofopt.
            Add(0);
            var length = (uint)(count - block + sizeof(uint));
            Add(length);
            BinaryPrimitives.WriteUInt32LittleEndian(buffer.AsSpan(block + sizeof(uint)), length);
        }

        private void AddOption(ushort code, string text)
        {
            BeginOption(code);
            Text(text.Length > MaxText ? text.Substring(0, MaxText) : text);
            EndOption();
        }

        private void BeginOption(ushort code)
        {
            option = count;
            AddShort(code);
            AddShort(0);
        }

        private void EndOption()
        {
            BinaryPrimitives.WriteUInt16LittleEndian(buffer.AsSpan(option + sizeof(ushort)), (ushort)(count - option - OptionHeader));
            Pad();
        }

        private void AddDigits(ulong number, StandardFormat format)
        {
            var digits = Take(MaxDigits);
            Utf8Formatter.TryFormat(number, digits, out var used, format);
            count -= MaxDigits - used;
        }

        private void Pad()
        {
            Take(-count & 3).Clear();
        }

        private void Add(uint value)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(Take(sizeof(uint)), value);
        }

        private void AddShort(ushort value)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(Take(sizeof(ushort)), value);
        }

        private Span<byte> Take(int length)
        {
            if(count + length > buffer.Length)
            {
                Array.Resize(ref buffer, Math.Max(count + length, 2 * buffer.Length));
            }
            count += length;
            return buffer.AsSpan(count - length, length);
        }

        private byte[] buffer = new byte[InitialBytes];
        private int count;
        // Where the block and the option begin that are being made.
        private int block;
        private int option;

        private const uint SectionHeader = 0x0A0D_0D0A;
        private const uint InterfaceDescription = 1;
        private const uint EnhancedPacket = 6;
        private const uint ByteOrderMagic = 0x1A2B_3C4D;
        private const ushort Major = 1;
        private const ushort Minor = 0;
        // LINKTYPE_ETHERNET.
        private const ushort Ethernet = 1;
        // opt_comment, shb_userappl, if_name, if_description, if_tsresol, epb_flags, epb_dropcount.
        private const ushort Comment = 1;
        private const ushort Application = 4;
        private const ushort InterfaceName = 2;
        private const ushort InterfaceText = 3;
        private const ushort TimeResolution = 9;
        private const ushort Flags = 2;
        private const ushort DropCount = 4;
        private const int OptionHeader = 4;
        private const byte PowerOfNanoseconds = 9;
        private const ulong NanosecondsPerSecond = 1_000_000_000;
        // Characters of a name. The length of an option has 16 bits, and a character at most three bytes.
        private const int MaxText = 1000;
        // Those of the largest number.
        private const int MaxDigits = 20;
        private const int InitialBytes = 1 << 11;
    }
}
