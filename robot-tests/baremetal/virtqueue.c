// renode-virtio-net, MIT licence: see LICENSE.
// What rings of both formats have in common: the buffers that the device has, and which of them a used element speaks
// of. virtio v1.4-cs01: 2.6 "Virtqueues", 2.7.9 and 2.8.8 "In-order use of descriptors".

#include "virtqueue.h"

#include "console.h"
#include "features.h"
#include "memory.h"

// A buffer that the device has.
struct buffer {
    void *token;          // NULL: it is not the device's
    uint32_t writable;    // bytes that the device may write
    uint16_t descriptors; // of the ring
    uint16_t after;       // VIRTIO_F_IN_ORDER: the buffer that was added next
};

bool virtqueue_size_is_allowed(unsigned size, uint64_t features)
{
    return size >= 1 && size <= 32768 && (features & VIRTIO_F_RING_PACKED || (size & (size - 1)) == 0);
}

struct virtqueue *virtqueue_create(uint16_t index, uint16_t size, uint64_t features, unsigned legacy_align)
{
    struct virtqueue *queue = features & VIRTIO_F_RING_PACKED ? packed_ring_create(size)
                                                              : split_ring_create(size, features, legacy_align);

    queue->features = features;
    queue->index = index;
    queue->size = queue->free_count = size;
    queue->buffers = memory_take(sizeof(*queue->buffers) * size, 8);
    if (features & VIRTIO_F_INDIRECT_DESC)
        queue->tables = memory_take((size_t)DESCRIPTOR_SIZE * MAX_PARTS * size, 16);
    virtqueue_mute(queue);
    return queue;
}

bool virtqueue_add(struct virtqueue *queue, const struct part *parts, unsigned count, void *token)
{
    uint16_t descriptors = queue->tables ? 1 : (uint16_t)count;

    if (descriptors > queue->free_count)
        return false;
    bool first = queue->free_count == queue->size;
    uint16_t id = queue->format->add(queue, parts, count);
    struct buffer *buffer = queue->buffers + id;
    *buffer = (struct buffer){.token = token, .descriptors = descriptors};
    for (unsigned i = 0; i < count; i++)
        buffer->writable += parts[i].device_writes ? parts[i].length : 0;
    queue->free_count -= descriptors;
    if (first)
        queue->oldest = id;
    else
        queue->buffers[queue->newest].after = id;
    queue->newest = id;
    return true;
}

// With VIRTIO_F_IN_ORDER an element names the last buffer of a batch. Those before it were used completely.
bool virtqueue_take(struct virtqueue *queue, struct used *used)
{
    const struct element *element = &queue->element;

    if (!queue->in_batch) {
        if (!queue->format->look(queue, &queue->element))
            return false;
        if (element->id >= queue->size || queue->buffers[element->id].token == NULL)
            stop("queue %u: used id %u is not the device's to give back", queue->index, element->id);
    }
    uint16_t id = queue->features & VIRTIO_F_IN_ORDER ? queue->oldest : (uint16_t)element->id;
    struct buffer *buffer = queue->buffers + id;
    queue->in_batch = id != element->id;
    used->skipped = queue->in_batch;
    used->token = buffer->token;
    used->length = used->skipped ? buffer->writable : element->length;
    buffer->token = NULL;
    queue->oldest = buffer->after;
    queue->free_count += buffer->descriptors;
    queue->format->release(queue, id, buffer->descriptors);
    return true;
}
