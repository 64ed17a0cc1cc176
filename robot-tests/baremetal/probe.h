// renode-virtio-net, MIT licence: see LICENSE.
// The other side of echo.h: asks for a peer, sends it frames of all sizes, and checks each byte that comes back.
#pragma once

#include <stdbool.h>
#include <stdint.h>

void probe_start(void);

// Sends what may be sent. True if it did anything.
bool probe_step(void);

// Looks at a frame received.
void probe_check(const uint8_t *frame, unsigned length);

// When the probe has to step again though nothing comes: cpu_ticks, NO_WAKE_UP if never.
uint64_t probe_deadline(void);
