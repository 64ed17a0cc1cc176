// renode-virtio-net, MIT licence: see LICENSE.
// What C cannot express: barriers, sleep, time.
#pragma once

#include <stdint.h>

// Each orders RAM (r, w) and device registers (i, o) alike.
static inline void barrier_read(void)
{
    __asm__ volatile("fence ir, ir" ::: "memory");
}

static inline void barrier_write(void)
{
    __asm__ volatile("fence ow, ow" ::: "memory");
}

static inline void barrier_full(void)
{
    __asm__ volatile("fence iorw, iorw" ::: "memory");
}

// Returns when an interrupt of mie is pending, though mstatus.MIE keeps all masked.
static inline void cpu_sleep(void)
{
    __asm__ volatile("wfi" ::: "memory");
}

#define CLOCK_HZ 10000000ul

static inline uint64_t cpu_ticks(void)
{
    uint64_t ticks;
    __asm__ volatile("csrr %0, time" : "=r"(ticks));
    return ticks;
}
