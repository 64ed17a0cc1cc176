// renode-virtio-net, MIT licence: see LICENSE.
// Where things are on platforms/arm64-virt.repl.
#pragma once

#define BOARD_UART         0x09000000ul
#define BOARD_PCI_ECAM     0x3f000000ul
#define BOARD_PCI_MEMORY   0x10000000ul // the same address on the bus
#define BOARD_PCI_MEMORY_SIZE 0x2eff0000ul
#define BOARD_PCI_IO       0x3eff0000ul // port 0
#define BOARD_PCI_IO_SIZE  0x00010000ul
#define BOARD_VIRTIO_MMIO  0x0a000000ul

// Interrupt IDs of the GIC: a shared peripheral interrupt's number and 32.
#define BOARD_UART_LINE    (32 + 1)
#define BOARD_PCI_LINE     (32 + 3) // INTA to INTD
#define BOARD_MMIO_LINE    (32 + 32)

// The GICv2m frame, which raises the interrupt that a message names.
#define BOARD_HAS_MESSAGES 1
#define BOARD_MESSAGE_ADDRESS 0x08020040ul
#define BOARD_MESSAGE_LINE (32 + 16)
