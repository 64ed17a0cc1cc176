// renode-virtio-net, MIT licence: see LICENSE.
// Interrupts without handlers: they stay masked at the CPU, irq_wait sleeps until one is pending and claims it.
// So an interrupt that comes just before the sleep is never missed, and no handler runs between two steps of the program.
#pragma once

#include <stdbool.h>
#include <stdint.h>

void irq_start(void);

// Edge-triggered lines are those that messages raise.
void irq_enable(unsigned line, bool edge);

// Sleeps until a line is pending or the wake-up time has come. Returns the line, claimed, or 0.
unsigned irq_wait(void);

// To be called when the line's device has been served.
void irq_complete(unsigned line);

// irq_wait returns at this time (cpu_ticks) at the latest; NO_WAKE_UP takes that back.
void irq_wake_at(uint64_t ticks);

#define NO_WAKE_UP UINT64_MAX
