// renode-virtio-net, MIT licence: see LICENSE.
// Device registers, accessed at their own width. The CPU keeps accesses to one device in order; barriers order
// them against RAM (cpu.h).
#pragma once

#include <stdint.h>

static inline uint8_t read8(uintptr_t address)
{
    return *(volatile uint8_t *)address;
}

static inline uint16_t read16(uintptr_t address)
{
    return *(volatile uint16_t *)address;
}

static inline uint32_t read32(uintptr_t address)
{
    return *(volatile uint32_t *)address;
}

static inline void write8(uintptr_t address, uint8_t value)
{
    *(volatile uint8_t *)address = value;
}

static inline void write16(uintptr_t address, uint16_t value)
{
    *(volatile uint16_t *)address = value;
}

static inline void write32(uintptr_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

// A 64-bit register that is two of 32 bits.
static inline void write64_halves(uintptr_t low, uintptr_t high, uint64_t value)
{
    write32(low, (uint32_t)value);
    write32(high, (uint32_t)(value >> 32));
}
