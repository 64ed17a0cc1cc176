// renode-virtio-net, MIT licence: see LICENSE.
// What transports have in common: notifications, and registers that each has at places of its own.

#include "transport.h"

#include "console.h"
#include "cpu.h"
#include "features.h"
#include "io.h"
#include "virtqueue.h"

// 2.9 "Driver Notifications", 4.1.5.2, 4.2.3.3: with VIRTIO_F_NOTIFICATION_DATA the number of the queue, next_off and
// next_wrap.
void transport_notify(const struct transport *transport, const struct virtqueue *queue)
{
    barrier_write(); // the ring is in RAM before the device hears of it
    if (queue->features & VIRTIO_F_NOTIFICATION_DATA)
        write32(queue->doorbell, (uint32_t)queue->next_offset << 16 | queue->number);
    else if (transport->wide_doorbell)
        write32(queue->doorbell, queue->number);
    else
        write16(queue->doorbell, queue->number);
}

uint64_t transport_read_features(uintptr_t select, uintptr_t word)
{
    write32(select, 1);
    uint64_t high = read32(word);
    write32(select, 0);
    return high << 32 | read32(word);
}

void transport_write_features(uintptr_t select, uintptr_t word, uint64_t features)
{
    write32(select, 1);
    write32(word, (uint32_t)(features >> 32));
    write32(select, 0);
    write32(word, (uint32_t)features);
}

void transport_write_areas(uintptr_t descriptor, uintptr_t driver, uintptr_t device, const struct virtqueue *queue)
{
    write64_halves(descriptor, descriptor + 4, queue->descriptor_area);
    write64_halves(driver, driver + 4, queue->driver_area);
    write64_halves(device, device + 4, queue->device_area);
    barrier_write(); // the ring is cleared before the device may look at it
}

void transport_write_page(uintptr_t field, unsigned page_size, const struct virtqueue *queue)
{
    uint32_t page = (uint32_t)(queue->descriptor_area / page_size);

    barrier_write(); // the ring is cleared before the device may look at it
    write32(field, page);
    if (read32(field) != page)
        stop("queue %u: its page number does not read back", queue->index);
}

void transport_write_vector(uintptr_t field, uint16_t vector)
{
    write16(field, vector);
    if (read16(field) != vector)
        stop("the card does not take MSI-X vector %u", vector);
}

uint8_t transport_take_isr(uintptr_t isr)
{
    uint8_t value = read8(isr);
    barrier_read(); // the rings, which the device wrote before it set the bit, are read after the bit
    return value;
}
