// renode-virtio-net, MIT licence: see LICENSE.
// The split virtqueue. virtio v1.4-cs01: 2.7 "Split Virtqueues". Both CPUs and the modern rings are little-endian.

#include "console.h"
#include "cpu.h"
#include "features.h"
#include "memory.h"
#include "virtqueue.h"

struct descriptor {
    uint64_t addr;
    uint32_t len;
    uint16_t flags;
    uint16_t next;
};

#define DESC_NEXT     1
#define DESC_WRITE    2
#define DESC_INDIRECT 4

struct available {
    uint16_t flags;
    uint16_t idx;
    uint16_t ring[]; // and used_event
};

#define AVAIL_NO_INTERRUPT 1

struct used_element {
    uint32_t id;
    uint32_t len;
};

struct used_ring {
    uint16_t flags;
    uint16_t idx;
    struct used_element ring[]; // and avail_event
};

#define USED_NO_NOTIFY 1

struct split_ring {
    struct virtqueue queue;

    volatile struct descriptor *table;
    volatile struct available *available;
    volatile struct used_ring *used;
    volatile uint16_t *used_event;  // NULL without VIRTIO_F_EVENT_IDX
    volatile uint16_t *avail_event;

    // Of each descriptor: the one that follows it, in a chain or in the list of free ones. With VIRTIO_F_IN_ORDER it is
    // always the next one in the table, and the first after the last: 2.7.5.2.
    uint16_t *next;
    uint16_t free_head;
    uint16_t added; // idx with all that was added; what the device sees is queue.next_offset
    uint16_t taken; // used idx up to which all was taken
};

static struct split_ring *ring_of(struct virtqueue *queue)
{
    return (struct split_ring *)queue;
}

static uint16_t flags_of(const struct part *part, bool last)
{
    return (part->device_writes ? DESC_WRITE : 0) | (last ? 0 : DESC_NEXT);
}

static void write_indirect(struct split_ring *ring, uint16_t head, const struct part *parts, unsigned count)
{
    struct descriptor *table = (struct descriptor *)ring->queue.tables + head * MAX_PARTS;

    for (unsigned i = 0; i < count; i++) {
        table[i] = (struct descriptor){
            .addr = (uintptr_t)parts[i].address,
            .len = parts[i].length,
            .flags = flags_of(parts + i, i == count - 1),
            .next = (uint16_t)(i + 1),
        };
    }
    ring->table[head].addr = (uintptr_t)table;
    ring->table[head].len = count * sizeof(*table);
    ring->table[head].flags = DESC_INDIRECT;
}

static void write_chain(struct split_ring *ring, uint16_t head, const struct part *parts, unsigned count)
{
    for (unsigned i = 0; i < count; i++, head = ring->next[head]) {
        ring->table[head].addr = (uintptr_t)parts[i].address;
        ring->table[head].len = parts[i].length;
        ring->table[head].flags = flags_of(parts + i, i == count - 1);
        ring->table[head].next = ring->next[head];
    }
}

// 2.7.13 "Supplying Buffers to The Device", steps 1 to 3.
static uint16_t add(struct virtqueue *queue, const struct part *parts, unsigned count)
{
    struct split_ring *ring = ring_of(queue);
    uint16_t head = ring->free_head;

    if (queue->tables)
        write_indirect(ring, head, parts, count);
    else
        write_chain(ring, head, parts, count);
    for (unsigned i = 0; i < (queue->tables ? 1 : count); i++)
        ring->free_head = ring->next[ring->free_head];
    ring->available->ring[ring->added++ & (queue->size - 1)] = head;
    return head;
}

// True if the event index lies among the entries from before to now: 2.7.10. Linux calls it vring_need_event.
static bool passed(uint16_t event, uint16_t now, uint16_t before)
{
    return (uint16_t)(now - event - 1) < (uint16_t)(now - before);
}

static bool publish(struct virtqueue *queue)
{
    struct split_ring *ring = ring_of(queue);
    uint16_t before = queue->next_offset;

    if (ring->added == before)
        return false;
    barrier_write(); // the ring's entries and descriptors, then idx
    ring->available->idx = queue->next_offset = ring->added;
    barrier_full(); // idx, then the device's wish: it looks at idx after it has written the wish
    if (ring->avail_event)
        return passed(*ring->avail_event, ring->added, before);
    return !(ring->used->flags & USED_NO_NOTIFY);
}

// 2.7.14 "Receiving Used Buffers From The Device".
static bool look(struct virtqueue *queue, struct element *element)
{
    struct split_ring *ring = ring_of(queue);
    uint16_t idx = ring->used->idx;
    unsigned slot = ring->taken & (queue->size - 1);

    if (idx == ring->taken)
        return false;
    if ((uint16_t)(idx - ring->taken) > (uint16_t)(queue->next_offset - ring->taken))
        stop("queue %u: used idx %u is ahead of available idx %u", queue->index, idx, queue->next_offset);
    barrier_read(); // used idx, then the entry, then the buffer
    element->id = ring->used->ring[slot].id;
    element->length = ring->used->ring[slot].len;
    return true;
}

static void release(struct virtqueue *queue, uint16_t id, uint16_t descriptors)
{
    struct split_ring *ring = ring_of(queue);

    if (ring->used->idx == ring->taken)
        stop("queue %u: used idx %u does not count a whole batch", queue->index, ring->taken);
    ring->taken++;
    if (queue->features & VIRTIO_F_IN_ORDER)
        return;
    uint16_t last = id;
    for (unsigned i = 1; i < descriptors; i++)
        last = ring->next[last];
    ring->next[last] = ring->free_head;
    ring->free_head = id;
}

static bool listen(struct virtqueue *queue)
{
    struct split_ring *ring = ring_of(queue);

    if (ring->used_event)
        *ring->used_event = ring->taken;
    else
        ring->available->flags = 0;
    barrier_full(); // the wish, then used idx: the device writes idx before it looks at the wish
    return ring->used->idx != ring->taken;
}

static void mute(struct virtqueue *queue)
{
    struct split_ring *ring = ring_of(queue);

    // An index that was passed just now comes again only after 65,535 buffers.
    if (ring->used_event)
        *ring->used_event = (uint16_t)(ring->taken - 1);
    else
        ring->available->flags = AVAIL_NO_INTERRUPT;
}

static size_t round_up(size_t value, size_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

// 2.7 gives the sizes and alignments of the areas, 2.7.2 the legacy layout in one piece.
static void place(struct split_ring *ring, uint16_t size, unsigned legacy_align)
{
    struct virtqueue *queue = &ring->queue;
    size_t table = sizeof(struct descriptor) * size;
    size_t available = sizeof(struct available) + sizeof(uint16_t) * (size + 1u);
    size_t used = sizeof(struct used_ring) + sizeof(struct used_element) * size + sizeof(uint16_t);

    if (legacy_align != 0) {
        size_t used_offset = round_up(table + available, legacy_align);
        queue->descriptor_area = (uintptr_t)memory_take(used_offset + round_up(used, legacy_align), legacy_align);
        queue->driver_area = queue->descriptor_area + table;
        queue->device_area = queue->descriptor_area + used_offset;
    } else {
        queue->descriptor_area = (uintptr_t)memory_take(table, 16);
        queue->driver_area = (uintptr_t)memory_take(available, 2);
        queue->device_area = (uintptr_t)memory_take(used, 4);
    }
    ring->table = (volatile struct descriptor *)queue->descriptor_area;
    ring->available = (volatile struct available *)queue->driver_area;
    ring->used = (volatile struct used_ring *)queue->device_area;
}

struct virtqueue *split_ring_create(uint16_t size, uint64_t features, unsigned legacy_align)
{
    static const struct ring_format split = {
        .add = add,
        .publish = publish,
        .look = look,
        .release = release,
        .listen = listen,
        .mute = mute,
    };
    struct split_ring *ring = memory_take(sizeof(*ring), 8);

    ring->queue.format = &split;
    place(ring, size, legacy_align);
    if (features & VIRTIO_F_EVENT_IDX) {
        ring->used_event = ring->available->ring + size;
        ring->avail_event = (volatile uint16_t *)(ring->used->ring + size);
    }
    ring->next = memory_take(sizeof(*ring->next) * size, 8);
    for (unsigned i = 0; i < size; i++)
        ring->next[i] = (uint16_t)((i + 1) & (size - 1u));
    return &ring->queue;
}
