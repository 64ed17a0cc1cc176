// renode-virtio-net, MIT licence: see LICENSE.
// Lines for a person or a test to read.
//
// Formats: %s string, %u unsigned, %x uint64_t in hexadecimal with 0x, %m MAC address (const uint8_t *).
#pragma once

#include <stdint.h>

void print(const char *format, ...);

// Prints "virtio-net: error ..." and counts it. The program goes on.
void report(const char *format, ...);

// The same, and the program ends: the card is told FAILED, the CPU sleeps for ever.
_Noreturn void stop(const char *format, ...);

// The same for an exception, from the vectors of start.S.
_Noreturn void fault(uint64_t cause, uint64_t pc, uint64_t address);

extern unsigned errors_reported;
