// renode-virtio-net, MIT licence: see LICENSE.
#include "options.h"

#include "board.h"
#include "features.h"

// Not in .bss, which the start code clears.
#define OPTION __attribute__((section(".data"))) volatile

OPTION uint32_t option_role = ROLE_ECHO;
OPTION uint32_t option_interface = INTERFACE_MODERN;
OPTION uint32_t option_completion = COMPLETION_POLLING;
OPTION uint32_t option_queue_size = 0;
OPTION uint32_t option_new_queue_size = 0;
OPTION uint32_t option_chained = 0;
OPTION uint64_t option_features = VIRTIO_NET_F_MAC | VIRTIO_NET_F_STATUS;
OPTION uint32_t option_mmio_address = BOARD_VIRTIO_MMIO;
OPTION uint32_t option_peer = 1;
OPTION uint32_t option_peers = 2;
OPTION uint32_t option_frames = 64;
OPTION uint32_t option_window = 8;
