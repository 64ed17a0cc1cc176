// renode-virtio-net, MIT licence: see LICENSE.
// Arm GICv3, one security state, all lines in group 1, and the generic timer's virtual one to wake up by.

#include "io.h"
#include "irq.h"
#include "cpu.h"

#define DISTRIBUTOR   0x08000000ul
#define REDISTRIBUTOR 0x080a0000ul
#define SGI_FRAME     (REDISTRIBUTOR + 0x10000)

#define GICD_CTLR      (DISTRIBUTOR + 0x0000)
#define GICD_IROUTER   (DISTRIBUTOR + 0x6000)
#define GICR_WAKER     (REDISTRIBUTOR + 0x0014)
// Offsets in the distributor, and for lines 0 to 31 in the redistributor's second frame.
#define IGROUPR        0x0080
#define ISENABLER      0x0100
#define IPRIORITYR     0x0400
#define ICFGR          0x0c00

#define CTLR_ENABLE_GROUP1 0x02
#define CTLR_ARE           0x10
#define WAKER_SLEEP        0x02
#define WAKER_ASLEEP       0x04

#define TIMER_LINE     27
#define SHARED_LINES   32
#define SPURIOUS       1020 // and above

static void set_timer(uint64_t ticks, bool on)
{
    __asm__ volatile("msr cntv_cval_el0, %0\n\tmsr cntv_ctl_el0, %1\n\tisb" ::"r"(ticks), "r"((uint64_t)on));
}

void irq_start(void)
{
    write32(GICD_CTLR, CTLR_ARE | CTLR_ENABLE_GROUP1);
    write32(GICR_WAKER, read32(GICR_WAKER) & ~WAKER_SLEEP);
    while (read32(GICR_WAKER) & WAKER_ASLEEP) {
    }
    __asm__ volatile("msr icc_sre_el1, %0\n\tisb" ::"r"(1ul));
    __asm__ volatile("msr icc_pmr_el1, %0" ::"r"(0xfful));
    __asm__ volatile("msr icc_igrpen1_el1, %0\n\tisb" ::"r"(1ul));
    set_timer(0, false);
    irq_enable(TIMER_LINE, false);
}

void irq_enable(unsigned line, bool edge)
{
    uintptr_t frame = line < SHARED_LINES ? SGI_FRAME : DISTRIBUTOR;
    uintptr_t word = line / 32 * 4;
    uint32_t bit = 1u << line % 32;

    write32(frame + IGROUPR + word, read32(frame + IGROUPR + word) | bit);
    write8(frame + IPRIORITYR + line, 0x80);
    if (line >= SHARED_LINES) {
        uintptr_t config = frame + ICFGR + line / 16 * 4;
        uint32_t edge_bit = 2u << line % 16 * 2;
        write32(config, edge ? read32(config) | edge_bit : read32(config) & ~edge_bit);
        write32(GICD_IROUTER + 8 * line, 0); // this CPU: affinity 0.0.0.0
        write32(GICD_IROUTER + 8 * line + 4, 0);
    }
    write32(frame + ISENABLER + word, bit);
}

unsigned irq_wait(void)
{
    uint64_t line;

    cpu_sleep();
    __asm__ volatile("mrs %0, icc_iar1_el1\n\tdsb sy" : "=r"(line)::"memory");
    if (line >= SPURIOUS)
        return 0;
    if (line == TIMER_LINE) {
        set_timer(0, false);
        irq_complete(TIMER_LINE);
        return 0;
    }
    return (unsigned)line;
}

void irq_complete(unsigned line)
{
    // The accesses that silenced the device are complete before the end of the interrupt, or it would be taken twice.
    __asm__ volatile("dsb sy\n\tmsr icc_eoir1_el1, %0\n\tisb" ::"r"((uint64_t)line) : "memory");
}

void irq_wake_at(uint64_t ticks)
{
    set_timer(ticks, ticks != NO_WAKE_UP);
}
