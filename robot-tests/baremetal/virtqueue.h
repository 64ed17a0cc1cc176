// renode-virtio-net, MIT licence: see LICENSE.
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
#include <stddef.h>
#include <stdint.h>

// A piece of memory that the device reads or writes.
struct part {
    const void *address;
    uint32_t length;
    bool device_writes;
};

#define MAX_PARTS       2
#define DESCRIPTOR_SIZE 16 // in rings and tables of both formats

// What the device has used: the token given to virtqueue_add, and how many bytes it has written.
struct used {
    void *token;
    uint32_t length;
    bool skipped; // VIRTIO_F_IN_ORDER: the device has written no element for it
};

// A used element as the device has written it: the id of a buffer, and how many bytes it has written there.
struct element {
    uint32_t id;
    uint32_t length;
};

struct virtqueue;

// A ring format: split_ring.c or packed_ring.c.
struct ring_format {
    // Describes a buffer, for which there is room, and returns its id, which is below the queue's size.
    uint16_t (*add)(struct virtqueue *queue, const struct part *parts, unsigned count);
    bool (*publish)(struct virtqueue *queue);
    // Reads the next used element, if there is one.
    bool (*look)(struct virtqueue *queue, struct element *element);
    // A buffer is the driver's again: its descriptors are free, and the next used element is the one after it.
    void (*release)(struct virtqueue *queue, uint16_t id, uint16_t descriptors);
    bool (*listen)(struct virtqueue *queue);
    void (*mute)(struct virtqueue *queue);
};

struct buffer;

struct virtqueue {
    const struct ring_format *format;
    uint64_t features;
    uint16_t index;
    uint16_t size;
    // Where the device finds the ring.
    uintptr_t descriptor_area;
    uintptr_t driver_area;
    uintptr_t device_area;

    // For the transport: where to notify, with which number of the queue, and 2.9: the offset at which the next buffer
    // will be made available, bit 15 the wrap counter; in a split ring the whole available index.
    uintptr_t doorbell;
    uint16_t number;
    uint16_t next_offset;

    uint16_t free_count;    // descriptors
    uint8_t *tables;        // an indirect table for each id; NULL without VIRTIO_F_INDIRECT_DESC
    struct buffer *buffers; // by id
    // VIRTIO_F_IN_ORDER: ids from the oldest buffer that the device has to the newest, and whether the last
    // element read stands for buffers that were not taken yet.
    uint16_t oldest, newest;
    bool in_batch;
    struct element element;
};

// A queue of the negotiated format. legacy_align is the Queue Align of the legacy layout, 0 for three areas of their
// own.
struct virtqueue *virtqueue_create(uint16_t index, uint16_t size, uint64_t features, unsigned legacy_align);

// True if a queue of the negotiated format may have so many descriptors: 2.7, 2.8.10.1.
bool virtqueue_size_is_allowed(unsigned size, uint64_t features);

// The token must not be NULL. False if the ring has no room for so many parts.
bool virtqueue_add(struct virtqueue *queue, const struct part *parts, unsigned count, void *token);

bool virtqueue_take(struct virtqueue *queue, struct used *used);

// True if the device wants a notification. Nothing added since: false.
static inline bool virtqueue_publish(struct virtqueue *queue)
{
    return queue->format->publish(queue);
}

// True if a used buffer is waiting already, for which no interrupt will come.
static inline bool virtqueue_listen(struct virtqueue *queue)
{
    bool waiting = queue->format->listen(queue);

    return waiting || queue->in_batch;
}

static inline void virtqueue_mute(struct virtqueue *queue)
{
    queue->format->mute(queue);
}

// For virtqueue_create: a ring with its areas in place, empty.
struct virtqueue *split_ring_create(uint16_t size, uint64_t features, unsigned legacy_align);
struct virtqueue *packed_ring_create(uint16_t size);
