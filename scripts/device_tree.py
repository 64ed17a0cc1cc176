# renode-virtio-net, MIT licence: see LICENSE.
# The monitor command load_device_tree: loads a flattened device tree into the machine's memory, with words added
# to the kernel's command line. Devicetree Specification v0.4: 5 "Flattened Devicetree (DTB) Format".

from System import Array, Byte
from System.IO import File


def mc_load_device_tree(path, address, words=""):
    tree = with_boot_arguments(bytearray(File.ReadAllBytes(str(path))), str(words))
    self.Machine["sysbus"].WriteBytes(Array[Byte](tree), int(address))


# Makes the property "bootargs" longer. What follows it moves, and the header gets the new offsets and sizes.
def with_boot_arguments(tree, words):
    if not words:
        return tree
    structure, strings = word_at(tree, 0x08), word_at(tree, 0x0C)
    at = structure
    while word_at(tree, at) != 9:
        token = word_at(tree, at)
        at += 4
        if token == 1:  # FDT_BEGIN_NODE: its name
            at = aligned(tree.index(b"\0", at) + 1)
        elif token == 3:  # FDT_PROP: length, offset of its name, value
            size, name = word_at(tree, at), strings + word_at(tree, at + 4)
            value, end = at + 8, aligned(at + 8 + size)
            if tree[name:name + 9] == b"bootargs\0":
                text = tree[value:value + size - 1] + b" " + bytearray(words.encode("ascii")) + b"\0"
                padded = text + bytearray(aligned(len(text)) - len(text))
                grown = len(padded) - (end - value)
                put_word(tree, at, len(text))
                put_word(tree, 0x04, word_at(tree, 0x04) + grown)  # totalsize
                put_word(tree, 0x0C, strings + grown)  # off_dt_strings: dtc puts them after the structure
                put_word(tree, 0x24, word_at(tree, 0x24) + grown)  # size_dt_struct
                return tree[:value] + padded + tree[end:]
            at = end
    raise Exception("the device tree has no bootargs to add to; add the property to its node /chosen")


def aligned(offset):
    return (offset + 3) & ~3


def word_at(tree, offset):
    return tree[offset] << 24 | tree[offset + 1] << 16 | tree[offset + 2] << 8 | tree[offset + 3]


def put_word(tree, offset, value):
    for i in range(4):
        tree[offset + i] = value >> (24 - 8 * i) & 0xFF
