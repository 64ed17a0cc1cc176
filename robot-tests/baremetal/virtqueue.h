// Virtqueues as the driver sees them, whatever the ring's format. virtio v1.4-cs01: 2.6 "Virtqueues".
//
//     virtqueue_add      offers a buffer; the device does not see it yet
//     virtqueue_publish  shows the device all that was added, and says if it wants to be notified
//     virtqueue_take     takes back a buffer that the device has used
//     virtqueue_listen   asks for an interrupt at the next used buffer
//     virtqueue_mute     asks for none
//
// A device that breaks the ring's rules ends the program with a line that names queue and rule.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// A piece of memory that the device reads or writes.
struct part {
    const void *address;
    uint32_t length;
    bool device_writes;
};

#define MAX_PARTS 2

// What the device has used: the token given to virtqueue_add, and how many bytes it has written.
struct used {
    void *token;
    uint32_t length;
};

struct virtqueue;

// A ring format: split_ring.c, and room for a packed one.
struct ring_format {
    bool (*add)(struct virtqueue *queue, const struct part *parts, unsigned count, void *token);
    bool (*publish)(struct virtqueue *queue);
    bool (*take)(struct virtqueue *queue, struct used *used);
    bool (*listen)(struct virtqueue *queue);
    void (*mute)(struct virtqueue *queue);
};

struct virtqueue {
    const struct ring_format *format;
    uint16_t index;
    uint16_t size;
    // Where the device finds the ring.
    uintptr_t descriptor_area;
    uintptr_t driver_area;
    uintptr_t device_area;
};

// legacy_align is the Queue Align of the legacy layout, 0 for three areas of their own.
struct virtqueue *split_ring_create(uint16_t index, uint16_t size, uint64_t features, unsigned legacy_align);

// The token must not be NULL. False if the ring has no room for so many parts.
static inline bool virtqueue_add(struct virtqueue *queue, const struct part *parts, unsigned count, void *token)
{
    return queue->format->add(queue, parts, count, token);
}

// True if the device wants a notification. Nothing added since: false.
static inline bool virtqueue_publish(struct virtqueue *queue)
{
    return queue->format->publish(queue);
}

static inline bool virtqueue_take(struct virtqueue *queue, struct used *used)
{
    return queue->format->take(queue, used);
}

// True if a used buffer is waiting already, for which no interrupt will come.
static inline bool virtqueue_listen(struct virtqueue *queue)
{
    return queue->format->listen(queue);
}

static inline void virtqueue_mute(struct virtqueue *queue)
{
    queue->format->mute(queue);
}
