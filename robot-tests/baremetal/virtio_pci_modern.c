// The modern PCI transport. virtio v1.4-cs01: 4.1.4 "Virtio Structure PCI Capabilities".

#include "console.h"
#include "cpu.h"
#include "io.h"
#include "pci.h"
#include "transport.h"
#include "virtqueue.h"

// struct virtio_pci_cap
#define CAPABILITY_VENDOR     0x09
#define CAP_CFG_TYPE          3
#define CAP_BAR               4
#define CAP_OFFSET            8
#define CAP_NOTIFY_MULTIPLIER 16

#define CFG_TYPE_COMMON       1
#define CFG_TYPE_NOTIFY       2
#define CFG_TYPE_ISR          3
#define CFG_TYPE_DEVICE       4

// struct virtio_pci_common_cfg
#define DEVICE_FEATURE_SELECT 0x00
#define DEVICE_FEATURE        0x04
#define DRIVER_FEATURE_SELECT 0x08
#define DRIVER_FEATURE        0x0c
#define CONFIG_MSIX_VECTOR    0x10
#define DEVICE_STATUS         0x14
#define CONFIG_GENERATION     0x15
#define QUEUE_SELECT          0x16
#define QUEUE_SIZE            0x18
#define QUEUE_MSIX_VECTOR     0x1a
#define QUEUE_ENABLE          0x1c
#define QUEUE_NOTIFY_OFF      0x1e
#define QUEUE_DESC            0x20
#define QUEUE_DRIVER          0x28
#define QUEUE_DEVICE          0x30

#define QUEUES                2

static uintptr_t common, isr, device, notifications;
static uint32_t notify_multiplier;
static uintptr_t doorbell[QUEUES];

static uint64_t offered_features(void)
{
    write32(common + DEVICE_FEATURE_SELECT, 1);
    uint64_t high = read32(common + DEVICE_FEATURE);
    write32(common + DEVICE_FEATURE_SELECT, 0);
    return high << 32 | read32(common + DEVICE_FEATURE);
}

static void accept_features(uint64_t features)
{
    write32(common + DRIVER_FEATURE_SELECT, 0);
    write32(common + DRIVER_FEATURE, (uint32_t)features);
    write32(common + DRIVER_FEATURE_SELECT, 1);
    write32(common + DRIVER_FEATURE, (uint32_t)(features >> 32));
}

static uint8_t status(void)
{
    return read8(common + DEVICE_STATUS);
}

static void set_status(uint8_t value)
{
    write8(common + DEVICE_STATUS, value);
}

static uint16_t queue_size(uint16_t queue)
{
    write16(common + QUEUE_SELECT, queue);
    return read16(common + QUEUE_SIZE);
}

static void write_address(unsigned field, uintptr_t address)
{
    write64_halves(common + field, common + field + 4, address);
}

static void start_queue(const struct virtqueue *queue, uint16_t vector)
{
    write16(common + QUEUE_SELECT, queue->index);
    write16(common + QUEUE_SIZE, queue->size);
    write_address(QUEUE_DESC, queue->descriptor_area);
    write_address(QUEUE_DRIVER, queue->driver_area);
    write_address(QUEUE_DEVICE, queue->device_area);
    write16(common + QUEUE_MSIX_VECTOR, vector);
    if (read16(common + QUEUE_MSIX_VECTOR) != vector)
        stop("queue %u was not given MSI-X vector %u", queue->index, vector);
    doorbell[queue->index] = notifications + read16(common + QUEUE_NOTIFY_OFF) * notify_multiplier;
    barrier_write(); // the ring is cleared before the device may look at it
    write16(common + QUEUE_ENABLE, 1);
}

static void set_config_vector(uint16_t vector)
{
    write16(common + CONFIG_MSIX_VECTOR, vector);
    if (read16(common + CONFIG_MSIX_VECTOR) != vector)
        stop("the configuration was not given MSI-X vector %u", vector);
}

static void notify(const struct virtqueue *queue)
{
    barrier_write(); // avail idx is in RAM before the device hears of it
    write16(doorbell[queue->index], queue->index);
}

static uint8_t take_isr(void)
{
    uint8_t value = read8(isr);
    barrier_read(); // what the device had written before it raised the bit is read after
    return value;
}

static uint8_t config8(unsigned offset)
{
    return read8(device + offset);
}

static uint16_t config16(unsigned offset)
{
    return read16(device + offset);
}

static uint32_t generation(void)
{
    return read8(common + CONFIG_GENERATION);
}

// The first capability of each type wins, as 4.1.4 has it.
static unsigned find_structure(const struct pci_function *function, uint8_t type, const char *name, uintptr_t *address)
{
    for (unsigned cap = 0; (cap = pci_next_capability(function, CAPABILITY_VENDOR, cap)) != 0;) {
        if (read8(function->config + cap + CAP_CFG_TYPE) != type)
            continue;
        uint8_t bar = read8(function->config + cap + CAP_BAR);
        if (bar < PCI_BARS && function->bar[bar] != 0) {
            *address = function->bar[bar] + read32(function->config + cap + CAP_OFFSET);
            return cap;
        }
    }
    stop("the card has no %s structure: it is not a modern one", name);
}

const struct transport *virtio_pci_modern(const struct pci_function *function)
{
    static const struct transport modern = {
        .name = "modern",
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

    find_structure(function, CFG_TYPE_COMMON, "common configuration", &common);
    unsigned cap = find_structure(function, CFG_TYPE_NOTIFY, "notification", &notifications);
    notify_multiplier = read32(function->config + cap + CAP_NOTIFY_MULTIPLIER);
    find_structure(function, CFG_TYPE_ISR, "ISR", &isr);
    find_structure(function, CFG_TYPE_DEVICE, "device configuration", &device);
    return &modern;
}
