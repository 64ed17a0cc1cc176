// renode-virtio-net, MIT licence: see LICENSE.
// The role that sends to several nodes, and listens to all of them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

void talk_start(void);

// Called again and again: sends what is due. False if the node has nothing to do before it receives something.
bool talk_step(void);

// A frame was received.
void talk_take(const uint8_t *frame, unsigned length);
