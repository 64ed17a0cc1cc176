// renode-virtio-net, MIT licence: see LICENSE.
// RISC-V PLIC, context 0: machine mode of hart 0; and the CLINT's timer to wake up by.

#include "io.h"
#include "irq.h"
#include "cpu.h"

#define PLIC         0x0c000000ul
#define PRIORITY     (PLIC + 0)
#define ENABLE       (PLIC + 0x2000)
#define THRESHOLD    (PLIC + 0x200000)
#define CLAIM        (PLIC + 0x200004)

#define MTIMECMP     0x02004000ul

#define MIE_TIMER    (1ul << 7)
#define MIE_EXTERNAL (1ul << 11)

void irq_start(void)
{
    irq_wake_at(NO_WAKE_UP);
    write32(THRESHOLD, 0);
    __asm__ volatile("csrw mie, %0" ::"r"(MIE_TIMER | MIE_EXTERNAL));
}

void irq_enable(unsigned line, bool edge)
{
    uintptr_t word = ENABLE + line / 32 * 4;

    (void)edge; // the PLIC's gateway knows it
    write32(PRIORITY + 4 * line, 1);
    write32(word, read32(word) | 1u << line % 32);
}

unsigned irq_wait(void)
{
    uint64_t pending;

    cpu_sleep();
    __asm__ volatile("csrr %0, mip" : "=r"(pending)::"memory");
    if (pending & MIE_TIMER)
        irq_wake_at(NO_WAKE_UP);
    return read32(CLAIM);
}

void irq_complete(unsigned line)
{
    barrier_full(); // the accesses that silenced the device are complete before, or it would be taken twice
    write32(CLAIM, line);
}

void irq_wake_at(uint64_t ticks)
{
    // First the high half at its largest, so that the comparator is never in the past between the writes.
    write32(MTIMECMP + 4, UINT32_MAX);
    write32(MTIMECMP, (uint32_t)ticks);
    write32(MTIMECMP + 4, (uint32_t)(ticks >> 32));
}
