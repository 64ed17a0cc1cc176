// renode-virtio-net, MIT licence: see LICENSE.
// Where things are on platforms/riscv64-virt.repl.
#pragma once

#define BOARD_UART         0x10000000ul
#define BOARD_PCI_ECAM     0x30000000ul
#define BOARD_PCI_MEMORY   0x40000000ul // the same address on the bus
#define BOARD_PCI_MEMORY_SIZE 0x40000000ul
#define BOARD_PCI_IO       0x03000000ul // port 0
#define BOARD_PCI_IO_SIZE  0x00010000ul
#define BOARD_VIRTIO_MMIO  0x10001000ul

// Interrupt sources of the PLIC.
#define BOARD_UART_LINE    10
#define BOARD_PCI_LINE     32 // INTA to INTD
#define BOARD_MMIO_LINE    1

// No controller here takes messages.
#define BOARD_HAS_MESSAGES 0
#define BOARD_MESSAGE_ADDRESS 0ul
#define BOARD_MESSAGE_LINE 0
