// renode-virtio-net, MIT licence: see LICENSE.
#include "memory.h"

#include "console.h"

extern char heap_start[], heap_end[]; // link.ld

// May stand for bytes of any type.
typedef uint64_t __attribute__((may_alias)) word;

static uintptr_t next;

void *memory_take(size_t size, size_t alignment)
{
    if (next == 0)
        next = (uintptr_t)heap_start;
    next = (next + alignment - 1) & ~(alignment - 1);
    if (size > (uintptr_t)heap_end - next)
        stop("no memory for %u bytes", (unsigned)size);
    void *taken = (void *)next;
    next += size;
    return memset(taken, 0, size);
}

// A word at a time where it can be: most of what this program does is to copy frames and to clear rings.
void *memcpy(void *to, const void *from, size_t size)
{
    uint8_t *target = to;
    const uint8_t *source = from;

    if ((((uintptr_t)target ^ (uintptr_t)source) & 7) == 0) {
        for (; size > 0 && ((uintptr_t)target & 7) != 0; size--)
            *target++ = *source++;
        for (; size >= 8; size -= 8, target += 8, source += 8)
            *(word *)target = *(const word *)source;
    }
    while (size-- > 0)
        *target++ = *source++;
    return to;
}

void *memset(void *to, int value, size_t size)
{
    uint8_t *target = to;

    for (; size > 0 && ((uintptr_t)target & 7) != 0; size--)
        *target++ = (uint8_t)value;
    for (; size >= 8; size -= 8, target += 8)
        *(word *)target = 0x0101010101010101ull * (uint8_t)value;
    while (size-- > 0)
        *target++ = (uint8_t)value;
    return to;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const uint8_t *a = left, *b = right;

    for (; size > 0; size--, a++, b++) {
        if (*a != *b)
            return *a < *b ? -1 : 1;
    }
    return 0;
}
