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
#define CONFIG_GENERATION   0x0fc
#define CONFIG              0x100

#define MAGIC               0x74726976
#define DEVICE_NET          1
#define PAGE_SIZE           4096

static uintptr_t registers;

static uint64_t offered_features(void)
{
    write32(registers + DEVICE_FEATURES_SEL, 1);
    uint64_t high = read32(registers + DEVICE_FEATURES);
    write32(registers + DEVICE_FEATURES_SEL, 0);
    return high << 32 | read32(registers + DEVICE_FEATURES);
}

static void accept_features(uint64_t features)
{
    write32(registers + DRIVER_FEATURES_SEL, 1);
    write32(registers + DRIVER_FEATURES, (uint32_t)(features >> 32));
    write32(registers + DRIVER_FEATURES_SEL, 0);
    write32(registers + DRIVER_FEATURES, (uint32_t)features);
}

static uint8_t status(void)
{
    return (uint8_t)read32(registers + STATUS);
}

static void set_status(uint8_t value)
{
    write32(registers + STATUS, value);
}

static uint16_t queue_size(uint16_t queue)
{
    write32(registers + QUEUE_SEL, queue);
    return (uint16_t)read32(registers + QUEUE_SIZE_MAX);
}

static void select_unused(const struct virtqueue *queue, unsigned in_use)
{
    write32(registers + QUEUE_SEL, queue->index);
    if (read32(registers + in_use) != 0)
        stop("queue %u is in use after a reset", queue->index);
    write32(registers + QUEUE_SIZE, queue->size);
    barrier_write(); // the ring is cleared before the device may look at it
}

static void write_address(unsigned field, uintptr_t address)
{
    write64_halves(registers + field, registers + field + 4, address);
}

static void start_queue(const struct virtqueue *queue, uint16_t vector)
{
    (void)vector;
    select_unused(queue, QUEUE_READY);
    write_address(QUEUE_DESC, queue->descriptor_area);
    write_address(QUEUE_DRIVER, queue->driver_area);
    write_address(QUEUE_DEVICE, queue->device_area);
    write32(registers + QUEUE_READY, 1);
    if (read32(registers + QUEUE_READY) != 1)
        stop("queue %u does not become ready", queue->index);
}

static void start_legacy_queue(const struct virtqueue *queue, uint16_t vector)
{
    uint32_t page = (uint32_t)(queue->descriptor_area / PAGE_SIZE);

    (void)vector;
    // Before any queue, and again after each reset.
    write32(registers + GUEST_PAGE_SIZE, PAGE_SIZE);
    select_unused(queue, QUEUE_PFN);
    write32(registers + QUEUE_ALIGN, PAGE_SIZE);
    write32(registers + QUEUE_PFN, page);
    if (read32(registers + QUEUE_PFN) != page)
        stop("queue %u: its page number does not read back", queue->index);
}

static void set_config_vector(uint16_t vector)
{
    (void)vector;
}

static void notify(const struct virtqueue *queue)
{
    barrier_write(); // avail idx is in RAM before the device hears of it
    write32(registers + QUEUE_NOTIFY, queue->index);
}

static uint8_t take_isr(void)
{
    uint32_t events = read32(registers + INTERRUPT_STATUS);

    write32(registers + INTERRUPT_ACK, events & (ISR_QUEUE | ISR_CONFIG));
    barrier_full(); // an event after the acknowledgement raises the line again: look at the rings only now
    return (uint8_t)events;
}

static uint8_t config8(unsigned offset)
{
    return read8(registers + CONFIG + offset);
}

static uint16_t config16(unsigned offset)
{
    return read16(registers + CONFIG + offset);
}

static uint32_t generation(void)
{
    return read32(registers + CONFIG_GENERATION);
}

static uint32_t no_generation(void)
{
    return 0;
}

const struct transport *virtio_mmio(uintptr_t address)
{
    static struct transport mmio = {
        .name = "mmio",
        .offered_features = offered_features,
        .accept_features = accept_features,
        .status = status,
        .set_status = set_status,
        .queue_size = queue_size,
        .start_queue = start_queue,
        .set_config_vector = set_config_vector,
        .notify = notify,
        .take_isr = take_isr,
        .config8 = config8,
        .config16 = config16,
        .generation = generation,
    };

    registers = address;
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
        mmio.generation = no_generation;
    } else if (version != 2) {
        stop("virtio-mmio version %u is neither 1 nor 2", version);
    }
    return &mmio;
}
