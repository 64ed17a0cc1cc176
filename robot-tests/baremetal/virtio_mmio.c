// renode-virtio-net, MIT licence: see LICENSE.
// The MMIO transport, version 2 and, with the legacy layout of queues, version 1. virtio v1.4-cs01: 4.2
// "Virtio Over MMIO", 4.2.4 "Legacy interface".

#include "console.h"
#include "cpu.h"
#include "io.h"
#include "transport.h"
#include "virtqueue.h"

#define MAGIC_VALUE         0x000
#define VERSION             0x004
#define DEVICE_ID           0x008
#define DEVICE_FEATURES     0x010
#define DEVICE_FEATURES_SEL 0x014
#define DRIVER_FEATURES     0x020
#define DRIVER_FEATURES_SEL 0x024
#define GUEST_PAGE_SIZE     0x028 // version 1
#define QUEUE_SEL           0x030
#define QUEUE_SIZE_MAX      0x034
#define QUEUE_SIZE          0x038
#define QUEUE_ALIGN         0x03c // version 1
#define QUEUE_PFN           0x040 // version 1
#define QUEUE_READY         0x044
#define QUEUE_NOTIFY        0x050
#define INTERRUPT_STATUS    0x060
#define INTERRUPT_ACK       0x064
#define STATUS              0x070
#define QUEUE_DESC          0x080
#define QUEUE_DRIVER        0x090
#define QUEUE_DEVICE        0x0a0
#define QUEUE_RESET         0x0c0
#define CONFIG_GENERATION   0x0fc
#define CONFIG              0x100

#define MAGIC               0x74726976
#define DEVICE_NET          1
#define PAGE_SIZE           4096

static uintptr_t registers;

static uint64_t offered_features(void)
{
    return transport_read_features(registers + DEVICE_FEATURES_SEL, registers + DEVICE_FEATURES);
}

static void accept_features(uint64_t features)
{
    transport_write_features(registers + DRIVER_FEATURES_SEL, registers + DRIVER_FEATURES, features);
}

static uint8_t status(void)
{
    return (uint8_t)read32(registers + STATUS);
}

static void set_status(uint8_t value)
{
    write32(registers + STATUS, value);
}

static uint16_t select_queue(uint16_t queue)
{
    write32(registers + QUEUE_SEL, queue);
    return (uint16_t)read32(registers + QUEUE_SIZE_MAX);
}

// The size of a queue that is not in use, and how to notify.
static void prepare_queue(struct virtqueue *queue, unsigned in_use)
{
    if (read32(registers + in_use) != 0)
        stop("queue %u is in use after a reset", queue->index);
    write32(registers + QUEUE_SIZE, queue->size);
    queue->doorbell = registers + QUEUE_NOTIFY;
    queue->number = queue->index;
}

static void start_queue(struct virtqueue *queue, uint16_t vector)
{
    (void)vector;
    prepare_queue(queue, QUEUE_READY);
    transport_write_areas(registers + QUEUE_DESC, registers + QUEUE_DRIVER, registers + QUEUE_DEVICE, queue);
    write32(registers + QUEUE_READY, 1);
    if (read32(registers + QUEUE_READY) != 1)
        stop("queue %u does not become ready", queue->index);
}

static void start_legacy_queue(struct virtqueue *queue, uint16_t vector)
{
    (void)vector;
    // Before any queue, and again after each reset.
    write32(registers + GUEST_PAGE_SIZE, PAGE_SIZE);
    prepare_queue(queue, QUEUE_PFN);
    write32(registers + QUEUE_ALIGN, PAGE_SIZE);
    transport_write_page(registers + QUEUE_PFN, PAGE_SIZE, queue);
}

static void reset_queue(void)
{
    write32(registers + QUEUE_RESET, 1);
}

static bool queue_is_reset(void)
{
    return read32(registers + QUEUE_RESET) == 0 && read32(registers + QUEUE_READY) == 0;
}

static uint8_t take_isr(void)
{
    uint32_t events = read32(registers + INTERRUPT_STATUS);

    write32(registers + INTERRUPT_ACK, events & (ISR_QUEUE | ISR_CONFIG));
    barrier_full(); // an event after the acknowledgement raises the line again: look at the rings only now
    return (uint8_t)events;
}

static uint32_t generation(void)
{
    return read32(registers + CONFIG_GENERATION);
}

const struct transport *virtio_mmio(uintptr_t address)
{
    static struct transport mmio = {
        .name = "mmio",
        .wide_doorbell = true,
        .offered_features = offered_features,
        .accept_features = accept_features,
        .status = status,
        .set_status = set_status,
        .select_queue = select_queue,
        .start_queue = start_queue,
        .reset_queue = reset_queue,
        .queue_is_reset = queue_is_reset,
        .take_isr = take_isr,
        .generation = generation,
    };

    registers = address;
    mmio.config = registers + CONFIG;
    if (read32(registers + MAGIC_VALUE) != MAGIC)
        stop("no virtio-mmio registers at %x", (uint64_t)address);
    if (read32(registers + DEVICE_ID) != DEVICE_NET)
        stop("the virtio-mmio device at %x is no network card", (uint64_t)address);
    uint32_t version = read32(registers + VERSION);
    if (version == 1) {
        mmio.name = "mmio-legacy";
        mmio.legacy = true;
        mmio.legacy_align = PAGE_SIZE;
        mmio.start_queue = start_legacy_queue;
        mmio.reset_queue = NULL;
        mmio.generation = NULL;
    } else if (version != 2) {
        stop("virtio-mmio version %u is neither 1 nor 2", version);
    }
    return &mmio;
}
