// renode-virtio-net, MIT licence: see LICENSE.
// RAM for rings and buffers, and what the compiler expects of a C library.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Cleared and never given back. alignment is a power of two. Stops the program if there is none left.
void *memory_take(size_t size, size_t alignment);

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *left, const void *right, size_t size);
