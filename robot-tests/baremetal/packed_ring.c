// renode-virtio-net, MIT licence: see LICENSE.
// The packed virtqueue. virtio v1.4-cs01: 2.8 "Packed Virtqueues". Both CPUs and the modern rings are little-endian.

#include "cpu.h"
#include "features.h"
#include "memory.h"
#include "virtqueue.h"

struct descriptor {
    uint64_t addr;
    uint32_t len;
    uint16_t id;
    uint16_t flags;
};

#define DESC_NEXT     1
#define DESC_WRITE    2
#define DESC_INDIRECT 4
#define DESC_AVAIL    (1 << 7)
#define DESC_USED     (1 << 15)

// The event suppression structure, 2.8.14.
struct event {
    uint16_t desc; // offset, bit 15 the wrap counter
    uint16_t flags;
};

#define EVENT_ENABLE  0
#define EVENT_DISABLE 1
#define EVENT_DESC    2 // with VIRTIO_F_EVENT_IDX

// A descriptor of the ring and the wrap counter there, 2.8.1: it is 1 in the first lap and changes with each.
struct position {
    uint16_t offset;
    bool wrap;
};

struct packed_ring {
    struct virtqueue queue;

    volatile struct descriptor *ring;
    volatile struct event *driver_event;
    volatile struct event *device_event;

    uint16_t *next_id;         // of each free id: the one that is free next
    uint16_t free_id;
    struct position next;      // where the next buffer goes
    struct position shown;     // up to here the device sees buffers
    uint16_t shown_flags;      // of the descriptor there, written when it is shown
    struct position taken;     // where the next used element will be
};

static struct packed_ring *ring_of(struct virtqueue *queue)
{
    return (struct packed_ring *)queue;
}

static struct position move(struct position from, unsigned count, unsigned size)
{
    unsigned offset = from.offset + count;

    return offset < size ? (struct position){(uint16_t)offset, from.wrap}
                         : (struct position){(uint16_t)(offset - size), !from.wrap};
}

// As notifications and event suppression structures tell it: 2.9, 2.8.10.
static uint16_t tell(struct position position)
{
    return (uint16_t)(position.offset | position.wrap << 15);
}

static bool is_used(const struct packed_ring *ring)
{
    uint16_t flags = ring->ring[ring->taken.offset].flags;

    return !(flags & DESC_AVAIL) == !ring->taken.wrap && !(flags & DESC_USED) == !ring->taken.wrap;
}

// Writes the next descriptor of the ring. The flags of the first that the device does not see yet wait for publish:
// it looks at no other before that one.
static void place(struct packed_ring *ring, const void *address, uint32_t length, uint16_t id, unsigned flags)
{
    volatile struct descriptor *descriptor = ring->ring + ring->next.offset;

    flags |= ring->next.wrap ? DESC_AVAIL : DESC_USED;
    descriptor->addr = (uintptr_t)address;
    descriptor->len = length;
    descriptor->id = id;
    if (tell(ring->next) == tell(ring->shown))
        ring->shown_flags = (uint16_t)flags;
    else
        descriptor->flags = (uint16_t)flags;
    ring->next = move(ring->next, 1, ring->queue.size);
}

static unsigned write_flag(const struct part *part)
{
    return part->device_writes ? DESC_WRITE : 0;
}

// 2.8.7: the entries of a table follow one another, and of their flags only WRITE counts.
static void place_indirect(struct packed_ring *ring, const struct part *parts, unsigned count, uint16_t id)
{
    struct descriptor *table = (struct descriptor *)ring->queue.tables + id * MAX_PARTS;

    for (unsigned i = 0; i < count; i++) {
        table[i] = (struct descriptor){
            .addr = (uintptr_t)parts[i].address,
            .len = parts[i].length,
            .flags = (uint16_t)write_flag(parts + i),
        };
    }
    place(ring, table, count * sizeof(*table), id, DESC_INDIRECT);
}

// 2.8.21 "Supplying Buffers to The Device".
static uint16_t add(struct virtqueue *queue, const struct part *parts, unsigned count)
{
    struct packed_ring *ring = ring_of(queue);
    uint16_t id = ring->free_id;

    ring->free_id = ring->next_id[id];
    if (queue->tables) {
        place_indirect(ring, parts, count, id);
    } else {
        for (unsigned i = 0; i < count; i++)
            place(ring, parts[i].address, parts[i].length, id, write_flag(parts + i) | (i < count - 1 ? DESC_NEXT : 0));
    }
    return id;
}

// 2.8.14: how many descriptors an event is ahead of a position; negative if it is before it.
static int distance(struct position from, uint16_t event, unsigned size)
{
    return (event & 0x7fff) - from.offset + (event >> 15 == from.wrap ? 0 : (int)size);
}

static bool publish(struct virtqueue *queue)
{
    struct packed_ring *ring = ring_of(queue);
    struct position before = ring->shown;

    if (tell(ring->next) == tell(before))
        return false;
    barrier_write(); // the buffers' descriptors, then the flags of the first
    ring->ring[before.offset].flags = ring->shown_flags;
    ring->shown = ring->next;
    queue->next_offset = tell(ring->next);
    barrier_full(); // those flags, then the device's wish: it looks at the flags after it has written the wish
    uint16_t wish = ring->device_event->flags;
    if (wish != EVENT_DESC)
        return wish != EVENT_DISABLE;
    barrier_read(); // the wish's flags, then its desc: the device writes them the other way round
    int until = distance(before, ring->device_event->desc, queue->size);
    return until >= 0 && until < distance(before, tell(ring->next), queue->size);
}

// 2.8.22 "Receiving Used Buffers From The Device".
static bool look(struct virtqueue *queue, struct element *element)
{
    struct packed_ring *ring = ring_of(queue);
    volatile struct descriptor *used = ring->ring + ring->taken.offset;

    if (!is_used(ring))
        return false;
    barrier_read(); // its flags, then the rest of the element, then the buffer
    element->id = used->id;
    element->length = used->flags & DESC_WRITE ? used->len : 0; // 2.8.4: without WRITE the length is reserved
    return true;
}

static void release(struct virtqueue *queue, uint16_t id, uint16_t descriptors)
{
    struct packed_ring *ring = ring_of(queue);

    ring->next_id[id] = ring->free_id;
    ring->free_id = id;
    ring->taken = move(ring->taken, descriptors, queue->size);
}

static bool listen(struct virtqueue *queue)
{
    struct packed_ring *ring = ring_of(queue);

    if (queue->features & VIRTIO_F_EVENT_IDX) {
        ring->driver_event->desc = tell(ring->taken);
        barrier_write(); // desc, then the flags that give it a meaning
        ring->driver_event->flags = EVENT_DESC;
    } else {
        ring->driver_event->flags = EVENT_ENABLE;
    }
    barrier_full(); // the wish, then the flags of the descriptor: the device writes these before it looks at the wish
    return is_used(ring);
}

static void mute(struct virtqueue *queue)
{
    ring_of(queue)->driver_event->flags = EVENT_DISABLE;
}

struct virtqueue *packed_ring_create(uint16_t size)
{
    static const struct ring_format packed = {
        .add = add,
        .publish = publish,
        .look = look,
        .release = release,
        .listen = listen,
        .mute = mute,
    };
    struct packed_ring *ring = memory_take(sizeof(*ring), 8);
    struct virtqueue *queue = &ring->queue;

    queue->format = &packed;
    // 2.8 gives the alignments of the areas.
    queue->descriptor_area = (uintptr_t)memory_take(sizeof(struct descriptor) * size, 16);
    queue->driver_area = (uintptr_t)memory_take(sizeof(struct event), 4);
    queue->device_area = (uintptr_t)memory_take(sizeof(struct event), 4);
    ring->ring = (volatile struct descriptor *)queue->descriptor_area;
    ring->driver_event = (volatile struct event *)queue->driver_area;
    ring->device_event = (volatile struct event *)queue->device_area;
    ring->next_id = memory_take(sizeof(*ring->next_id) * size, 8);
    for (unsigned i = 0; i < size; i++)
        ring->next_id[i] = (uint16_t)(i + 1);
    ring->next.wrap = ring->shown.wrap = ring->taken.wrap = true;
    queue->next_offset = tell(ring->next);
    return queue;
}
