// renode-virtio-net, MIT licence: see LICENSE.
// What C cannot express: barriers, sleep, time.
#pragma once

#include <stdint.h>

// Each orders RAM and device registers alike. The device is outside the inner shareable domain.
static inline void barrier_read(void)
{
    __asm__ volatile("dmb oshld" ::: "memory");
}

static inline void barrier_write(void)
{
    __asm__ volatile("dmb oshst" ::: "memory");
}

static inline void barrier_full(void)
{
    __asm__ volatile("dmb osh" ::: "memory");
}

// Returns when an interrupt is pending, though all stay masked at the CPU.
static inline void cpu_sleep(void)
{
    __asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

// No firmware has set CNTFRQ_EL0; this is the board's.
#define CLOCK_HZ 62500000ul

static inline uint64_t cpu_ticks(void)
{
    uint64_t ticks;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
}
