// renode-virtio-net, MIT licence: see LICENSE.
#nullable enable
// What a driver writes into a command: class, command, and the data of the command. virtio v1.4-cs01: 5.1.9.5.

using System;
using System.Buffers.Binary;

using VirtioNet.Memory;
using VirtioNet.Wire;

namespace VirtioNet.Net.Control
{
    /// <summary>
    /// Reads the device-readable part of a command from its start on, each byte once. Numbers are little-endian; those of a legacy
    /// driver have the guest's byte order.
    /// </summary>
    internal ref struct CommandData
    {
        /// <summary>
        /// Starts at the first of so many bytes. What is read passes through <paramref name="room"/>, an array of
        /// <see cref="RoomSize"/> bytes.
        /// </summary>
        public CommandData(ChainReader reader, ulong length, bool bigEndian, byte[] room)
        {
            this.reader = reader;
            this.room = room;
            this.bigEndian = bigEndian;
            Left = length;
        }

        /// <summary>Reads one byte. False if so many are not left, here as in all that follows; the value means nothing then.</summary>
        public bool TryReadByte(out byte value)
        {
            var isRead = TryRead(1, out var bytes);
            value = bytes[0];
            return isRead;
        }

        /// <summary>Reads a number of 16 bits.</summary>
        public bool TryReadUInt16(out ushort value)
        {
            var isRead = TryRead(sizeof(ushort), out var bytes);
            value = bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            return isRead;
        }

        /// <summary>Reads a number of 32 bits.</summary>
        public bool TryReadUInt32(out uint value)
        {
            var isRead = TryRead(sizeof(uint), out var bytes);
            value = bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            return isRead;
        }

        /// <summary>Reads a number of 64 bits.</summary>
        public bool TryReadUInt64(out ulong value)
        {
            var isRead = TryRead(sizeof(ulong), out var bytes);
            value = bigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            return isRead;
        }

        /// <summary>Reads a MAC address.</summary>
        public bool TryReadAddress(out MacAddress value)
        {
            var isRead = TryRead(MacAddress.Size, out var bytes);
            value = MacAddress.Read(bytes);
            return isRead;
        }

        /// <summary>Passes over so many bytes.</summary>
        public bool TrySkip(ulong count)
        {
            if(count > Left)
            {
                return false;
            }
            Left -= count;
            return reader.TrySkip(count);
        }

        /// <summary>Bytes that are not read yet.</summary>
        public ulong Left { get; private set; }

        private bool TryRead(int count, out ReadOnlySpan<byte> bytes)
        {
            bytes = room.AsSpan(0, count);
            if((uint)count > Left)
            {
                return false;
            }
            Left -= (uint)count;
            return reader.TryRead(room.AsSpan(0, count));
        }

        private ChainReader reader;
        private readonly byte[] room;
        private readonly bool bigEndian;

        /// <summary>Bytes of the room that reading needs.</summary>
        public const int RoomSize = sizeof(ulong);
    }
}
