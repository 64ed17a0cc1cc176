// renode-virtio-net, MIT licence: see LICENSE.
// What the bench compares the device with: a loop over the same rings in plain C, as short as it can be. It
// trusts the driver, which is in this file too and drives both sides. virtio v1.4-cs01: 2.7, 2.8, 5.1.9.
//
// The shape is always the same: a batch of frames, one descriptor each, header and frame in one buffer.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 12, NUM_BUFFERS = 10 };
enum { WRITE = 1 << 1, AVAIL = 1 << 7, USED = 1 << 15 };
enum { EVENT_FOR_DESCRIPTOR = 2, EVENT_WRAP = 1 << 15 };

struct split_desc { uint64_t addr; uint32_t len; uint16_t flags, next; };
struct packed_desc { uint64_t addr; uint32_t len; uint16_t id, flags; };
struct used_elem { uint32_t id, len; };
struct avail { uint16_t flags, idx, ring[]; };  // after it: used_event
struct used { uint16_t flags, idx; struct used_elem ring[]; };  // after it: avail_event
struct event { uint16_t desc, flags; };

// A place in either ring: a free-running index, or a slot with its wrap counter.
struct place { uint16_t index, wrap; };

// struct Ring in RingLoop.cs has the same fields in the same order.
struct ring {
    uint8_t *ram;  // where guest-physical address `base` is
    uint64_t base, desc, driver, device, buffers;
    uint8_t *frame;  // where each sent frame is copied to, or the frame to be received
    uint32_t buffer_size, frame_size;
    uint32_t size, packed, writable;
    uint32_t interrupts;
    uint64_t frames, bytes;
    struct place offered, taken;  // the driver's
    struct place next, done;  // the device's
};

static void *at(const struct ring *r, uint64_t address) { return r->ram + (address - r->base); }

static uint16_t load(const uint16_t *field) { return __atomic_load_n(field, __ATOMIC_ACQUIRE); }

static void store(uint16_t *field, uint16_t value) { __atomic_store_n(field, value, __ATOMIC_RELEASE); }

static void fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

static uint16_t *used_event(const struct ring *r) { return (uint16_t *)((uint8_t *)at(r, r->driver) + 4 + 2 * r->size); }

static uint16_t *avail_event(const struct ring *r) { return (uint16_t *)((uint8_t *)at(r, r->device) + 4 + 8 * r->size); }

static void step(const struct ring *r, struct place *p)
{
    p->index++;
    if(r->packed && p->index == r->size)
    {
        p->index = 0;
        p->wrap ^= 1;
    }
}

size_t ring_bytes(void) { return sizeof(struct ring); }

// The driver.

// Makes the same buffers available as in the last batch, and asks for one interrupt at the end of the batch.
void driver_offer(struct ring *r, uint32_t count)
{
    struct place last = r->offered;
    for(uint32_t i = 0; i < count; i++)
    {
        last = r->offered;
        const uint16_t slot = r->packed ? last.index : last.index & (r->size - 1);
        const uint64_t buffer = r->buffers + (uint64_t)i * r->buffer_size;
        const uint32_t length = r->writable ? r->buffer_size : HEADER + r->frame_size;
        const uint16_t flags = r->writable ? WRITE : 0;
        if(r->packed)
        {
            struct packed_desc *d = (struct packed_desc *)at(r, r->desc) + slot;
            d->addr = buffer;
            d->len = length;
            d->id = slot;
            store(&d->flags, flags | (last.wrap ? AVAIL : USED));
        }
        else
        {
            ((struct split_desc *)at(r, r->desc))[slot] = (struct split_desc){ buffer, length, flags, 0 };
            ((struct avail *)at(r, r->driver))->ring[slot] = slot;
        }
        step(r, &r->offered);
    }
    if(r->packed)
    {
        *(struct event *)at(r, r->driver) = (struct event){ last.index | (last.wrap ? EVENT_WRAP : 0), EVENT_FOR_DESCRIPTOR };
    }
    else
    {
        *used_event(r) = last.index;
        store(&((struct avail *)at(r, r->driver))->idx, r->offered.index);
    }
}

// Takes what the device has used, in order, and tells how many bytes it has written; or ~0 if an id is not the expected one.
uint64_t driver_take(struct ring *r, uint32_t count)
{
    uint64_t written = 0;
    for(uint32_t i = 0; i < count; i++)
    {
        if(r->packed)
        {
            const struct packed_desc *d = (struct packed_desc *)at(r, r->desc) + r->taken.index;
            if((load(&d->flags) & (AVAIL | USED)) != (r->taken.wrap ? AVAIL | USED : 0) || d->id != r->taken.index)
            {
                return ~0ULL;
            }
            written += d->len;
        }
        else
        {
            const struct used *used = at(r, r->device);
            const struct used_elem *e = &used->ring[r->taken.index & (r->size - 1)];
            if(load(&used->idx) == r->taken.index || e->id != (r->taken.index & (r->size - 1)))
            {
                return ~0ULL;
            }
            written += e->len;
        }
        step(r, &r->taken);
    }
    return written;
}

// The device.

// Takes a sent frame and does nothing with it. The asm keeps the compiler from leaving the copy out.
static void __attribute__((noinline)) wire(struct ring *r, uint8_t *frame, uint32_t length, int fresh)
{
    __asm__ volatile("" : : "r"(frame) : "memory");
    r->frames++;
    r->bytes += length;
    if(fresh)
    {
        free(frame);
    }
}

static void send(struct ring *r, const uint8_t *buffer, uint32_t length, int fresh)
{
    uint8_t header[HEADER];
    memcpy(header, buffer, HEADER);
    // flags and gso_type: no offload is asked for.
    if(header[0] == 0 && header[1] == 0)
    {
        uint8_t *frame = fresh ? malloc(length - HEADER) : r->frame;
        memcpy(frame, buffer + HEADER, length - HEADER);
        wire(r, frame, length - HEADER, fresh);
    }
}

// 2.7.7.2, 2.8.10: notifies the driver if the place that it waits for is among those from `old` to r->done.
static void notify(struct ring *r, struct place old)
{
    uint16_t wanted, passed;
    fence();
    if(r->packed)
    {
        const struct event *e = at(r, r->driver);
        const uint16_t slot = e->desc & ~EVENT_WRAP;
        wanted = slot + ((e->desc >> 15) == old.wrap ? 0 : r->size) - old.index;
        passed = r->done.index + (r->done.wrap == old.wrap ? 0 : r->size) - old.index;
    }
    else
    {
        wanted = *used_event(r) - old.index;
        passed = r->done.index - old.index;
    }
    r->interrupts += wanted < passed;
}

static void split_transmit(struct ring *r, int fresh)
{
    const struct split_desc *table = at(r, r->desc);
    const struct avail *avail = at(r, r->driver);
    struct used *used = at(r, r->device);
    const uint16_t mask = r->size - 1;
    const struct place old = r->done;
    uint16_t idx = load(&avail->idx);
    do
    {
        while(r->next.index != idx)
        {
            const uint16_t head = avail->ring[r->next.index++ & mask];
            send(r, at(r, table[head].addr), table[head].len, fresh);
            used->ring[r->done.index++ & mask] = (struct used_elem){ head, 0 };
        }
        *avail_event(r) = idx;
        fence();
        idx = load(&avail->idx);
    } while(r->next.index != idx);
    store(&used->idx, r->done.index);
    notify(r, old);
}

static int is_available(const struct packed_desc *d, struct place p)
{
    return (load(&d->flags) & (AVAIL | USED)) == (p.wrap ? AVAIL : USED);
}

static void packed_transmit(struct ring *r, int fresh)
{
    struct packed_desc *ring = at(r, r->desc);
    struct event *event = at(r, r->device);
    const struct place old = r->done;
    uint16_t first = 0;
    do
    {
        while(is_available(&ring[r->next.index], r->next))
        {
            const struct packed_desc d = ring[r->next.index];
            const uint16_t flags = r->done.wrap ? AVAIL | USED : 0;
            struct packed_desc *u = &ring[r->done.index];
            send(r, at(r, d.addr), d.len, fresh);
            u->len = 0;
            u->id = d.id;
            // The flags of the first come last: the driver sees the whole batch or none of it.
            if(r->done.index == old.index && r->done.wrap == old.wrap)
            {
                first = flags;
            }
            else
            {
                u->flags = flags;
            }
            step(r, &r->next);
            step(r, &r->done);
        }
        *event = (struct event){ r->next.index | (r->next.wrap ? EVENT_WRAP : 0), EVENT_FOR_DESCRIPTOR };
        fence();
    } while(is_available(&ring[r->next.index], r->next));
    store(&ring[old.index].flags, first);
    notify(r, old);
}

// Sends what is available. Each frame is copied to r->frame or, if fresh, into memory of its own, which is freed at once.
void device_transmit(struct ring *r, int fresh)
{
    if(r->packed)
    {
        packed_transmit(r, fresh);
    }
    else
    {
        split_transmit(r, fresh);
    }
}

static void fill(const struct ring *r, uint8_t *buffer)
{
    static const uint8_t header[HEADER] = { [NUM_BUFFERS] = 1 };
    memcpy(buffer, header, HEADER);
    memcpy(buffer + HEADER, r->frame, r->frame_size);
}

static void __attribute__((noinline)) split_receive(struct ring *r)
{
    const struct split_desc *table = at(r, r->desc);
    const struct avail *avail = at(r, r->driver);
    struct used *used = at(r, r->device);
    const uint16_t mask = r->size - 1;
    const struct place old = r->done;
    if(load(&avail->idx) == r->next.index)
    {
        return;
    }
    const uint16_t head = avail->ring[r->next.index++ & mask];
    fill(r, at(r, table[head].addr));
    used->ring[r->done.index++ & mask] = (struct used_elem){ head, HEADER + r->frame_size };
    store(&used->idx, r->done.index);
    notify(r, old);
}

static void __attribute__((noinline)) packed_receive(struct ring *r)
{
    struct packed_desc *d = (struct packed_desc *)at(r, r->desc) + r->next.index;
    const struct place old = r->done;
    if(!is_available(d, r->next))
    {
        return;
    }
    // One descriptor a frame, so what is used next is what was popped.
    fill(r, at(r, d->addr));
    d->len = HEADER + r->frame_size;
    step(r, &r->next);
    step(r, &r->done);
    store(&d->flags, WRITE | (old.wrap ? AVAIL | USED : 0));
    notify(r, old);
}

// Receives the frame of the ring so many times. Each is published by itself, as frames come one by one from a wire.
void device_receive(struct ring *r, uint32_t count)
{
    for(uint32_t i = 0; i < count; i++)
    {
        if(r->packed)
        {
            packed_receive(r);
        }
        else
        {
            split_receive(r);
        }
        r->frames++;
        r->bytes += r->frame_size;
    }
}
