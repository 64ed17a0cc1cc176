// renode-virtio-net, MIT licence: see LICENSE.
// Two 16-bit NOR flash chips side by side, each getting one half of every 32-bit command: what QEMU's "virt" machine
// has, and the only flash that edk2 keeps its variables in. For tests. Renode's own CFIFlash is one chip: its status
// is that of the lower half only, and edk2 waits for the other.
// Intel's command set: word and buffered programming, erasing by block, status, identifier, locks that are always open.

using System;

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.Bus;

namespace Antmicro.Renode.Peripherals.MTD
{
    [AllowedTranslations(AllowedTranslation.ByteToDoubleWord | AllowedTranslation.WordToDoubleWord | AllowedTranslation.QuadWordToDoubleWord)]
    /// <summary>Two chips as one memory. size and blockSize are bytes of both; an access of another width becomes 32-bit ones.</summary>
    public class PairedFlash : IDoubleWordPeripheral, IKnownSize
    {
        public PairedFlash(long size, int blockSize = 0x40000)
        {
            words = new uint[size / 4];
            wordsPerBlock = blockSize / 4;
            Array.Fill(words, Erased);
        }

        // Flash keeps its content.
        public void Reset()
        {
            state = State.ReadArray;
        }

        public uint ReadDoubleWord(long offset)
        {
            switch(state)
            {
                case State.ReadArray:
                    return words[offset / 4];
                case State.ReadIdentifier:
                    return 0; // no block is locked
                default:
                    return Ready;
            }
        }

        public void WriteDoubleWord(long offset, uint value)
        {
            switch(state)
            {
                case State.ProgramWord:
                    words[offset / 4] &= value;
                    state = State.ReadStatus;
                    return;
                case State.BufferCount:
                    remaining = (value & 0xFFFF) + 1;
                    state = State.BufferData;
                    return;
                case State.BufferData when remaining > 0:
                    words[offset / 4] &= value;
                    remaining--;
                    return;
                case State.Erase when (value & 0xFF) == (byte)Command.Confirm:
                    Array.Fill(words, Erased, (int)(offset / 4 / wordsPerBlock * wordsPerBlock), wordsPerBlock);
                    state = State.ReadStatus;
                    return;
                case State.BufferData: // the confirmation
                case State.Erase: // anything else than a confirmation
                case State.Lock: // the kind of lock
                    state = State.ReadStatus;
                    return;
            }
            switch((Command)(value & 0xFF))
            {
                case Command.ReadArray:
                    state = State.ReadArray;
                    break;
                case Command.ReadIdentifier:
                    state = State.ReadIdentifier;
                    break;
                case Command.ReadStatus:
                case Command.ClearStatus:
                    state = State.ReadStatus;
                    break;
                case Command.ProgramWord:
                    state = State.ProgramWord;
                    break;
                case Command.ProgramBuffer:
                    state = State.BufferCount;
                    break;
                case Command.Erase:
                    state = State.Erase;
                    break;
                case Command.Lock:
                    state = State.Lock;
                    break;
                default:
                    this.Log(LogLevel.Warning, "There is no command 0x{0:X8}", value);
                    break;
            }
        }

        public long Size => words.Length * 4L;

        private State state;
        private uint remaining;

        private readonly uint[] words;
        private readonly int wordsPerBlock;

        private const uint Erased = 0xFFFFFFFF;
        private const uint Ready = 0x00800080;

        private enum Command : byte
        {
            Erase = 0x20,
            ProgramWord = 0x40,
            ClearStatus = 0x50,
            Lock = 0x60,
            ReadStatus = 0x70,
            ReadIdentifier = 0x90,
            Confirm = 0xD0,
            ProgramBuffer = 0xE8,
            ReadArray = 0xFF,
        }

        private enum State
        {
            ReadArray,
            ReadStatus,
            ReadIdentifier,
            ProgramWord,
            BufferCount,
            BufferData,
            Erase,
            Lock,
        }
    }
}
