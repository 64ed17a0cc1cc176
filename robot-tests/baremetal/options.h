// renode-virtio-net, MIT licence: see LICENSE.
// What a test chooses at run time: each option is a word of RAM (the features two), found by its symbol
// and written before the start,
//
//     sysbus WriteDoubleWord `sysbus GetSymbolAddress "option_role"` 1
//
// README.md has the list.
#pragma once

#include <stdint.h>

enum role { ROLE_ECHO, ROLE_PROBE, ROLE_TALK };
enum interface { INTERFACE_MODERN, INTERFACE_LEGACY, INTERFACE_MMIO };
enum completion { COMPLETION_POLLING, COMPLETION_INTERRUPT, COMPLETION_MSIX };

extern volatile uint32_t option_role;
extern volatile uint32_t option_interface;
extern volatile uint32_t option_completion;
extern volatile uint32_t option_queue_size;   // 0: the device's
extern volatile uint32_t option_new_queue_size; // after a reset of the queues; 0: the device's
extern volatile uint32_t option_chained;      // 1: header and frame have descriptors of their own
extern volatile uint64_t option_features;     // wanted; VERSION_1 comes with the interface
extern volatile uint32_t option_mmio_address; // of the virtio-mmio registers
extern volatile uint32_t option_peer;         // probe: the peer is 192.168.100.<this>
extern volatile uint32_t option_peers;        // talk: nodes 1 to this, by the last byte of their MACs
extern volatile uint32_t option_frames;       // probe and talk: how many to send
extern volatile uint32_t option_window;       // probe: how many on their way at a time
