#include "options.h"

#include "board.h"
#include "features.h"

// Not in .bss, which the start code clears.
#define OPTION __attribute__((section(".data"))) volatile uint32_t

OPTION option_role = ROLE_ECHO;
OPTION option_interface = INTERFACE_MODERN;
OPTION option_completion = COMPLETION_POLLING;
OPTION option_queue_size = 0;
OPTION option_features_low = (uint32_t)(VIRTIO_NET_F_MAC | VIRTIO_NET_F_STATUS);
OPTION option_features_high = 0;
OPTION option_mmio_address = BOARD_VIRTIO_MMIO;
OPTION option_peer = 1;
OPTION option_frames = 64;
OPTION option_window = 8;
