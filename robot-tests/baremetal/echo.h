// renode-virtio-net, MIT licence: see LICENSE.
// What a node answers.
#pragma once

#include <stdint.h>

struct echo_counters {
    unsigned echoed; // frames of TYPE_ECHO
    unsigned arp;    // requests answered
    unsigned icmp;   // echo requests answered
};

extern struct echo_counters echo_counters;

// Turns a frame into the answer to it, in place. Returns the answer's length, 0 if there is none.
unsigned echo_answer(uint8_t *frame, unsigned length);
