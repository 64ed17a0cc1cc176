// The legacy PCI transport. virtio v1.4-cs01: 4.1.4.10 "Legacy Interfaces: A Note on PCI Device Layout",
// 4.1.5.1.3.1 "Legacy Interface: A Note on Virtqueue Configuration". Everything is in the guest's byte order.

#include "console.h"
#include "cpu.h"
#include "io.h"
#include "pci.h"
#include "transport.h"
#include "virtqueue.h"

#define DEVICE_FEATURES    0x00
#define DRIVER_FEATURES    0x04
#define QUEUE_ADDRESS      0x08 // in pages
#define QUEUE_SIZE         0x0c
#define QUEUE_SELECT       0x0e
#define QUEUE_NOTIFY       0x10
#define DEVICE_STATUS      0x12
#define ISR_STATUS         0x13
// With MSI-X enabled; without, the device configuration begins here.
#define CONFIG_MSIX_VECTOR 0x14
#define QUEUE_MSIX_VECTOR  0x16
#define CONFIG             0x14
#define CONFIG_WITH_MSIX   0x18

#define PAGE_SIZE          4096

static uintptr_t registers, config;

static uint64_t offered_features(void)
{
    return read32(registers + DEVICE_FEATURES);
}

static void accept_features(uint64_t features)
{
    write32(registers + DRIVER_FEATURES, (uint32_t)features);
}

static uint8_t status(void)
{
    return read8(registers + DEVICE_STATUS);
}

static void set_status(uint8_t value)
{
    write8(registers + DEVICE_STATUS, value);
}

static uint16_t queue_size(uint16_t queue)
{
    write16(registers + QUEUE_SELECT, queue);
    return read16(registers + QUEUE_SIZE);
}

static void start_queue(const struct virtqueue *queue, uint16_t vector)
{
    uint32_t page = (uint32_t)(queue->descriptor_area / PAGE_SIZE);

    write16(registers + QUEUE_SELECT, queue->index);
    if (config == registers + CONFIG_WITH_MSIX) {
        write16(registers + QUEUE_MSIX_VECTOR, vector);
        if (read16(registers + QUEUE_MSIX_VECTOR) != vector)
            stop("queue %u was not given MSI-X vector %u", queue->index, vector);
    }
    barrier_write(); // the ring is cleared before the device may look at it
    write32(registers + QUEUE_ADDRESS, page);
    if (read32(registers + QUEUE_ADDRESS) != page)
        stop("queue %u: its address does not read back", queue->index);
}

static void set_config_vector(uint16_t vector)
{
    write16(registers + CONFIG_MSIX_VECTOR, vector);
    if (read16(registers + CONFIG_MSIX_VECTOR) != vector)
        stop("the configuration was not given MSI-X vector %u", vector);
}

static void notify(const struct virtqueue *queue)
{
    barrier_write(); // avail idx is in RAM before the device hears of it
    write16(registers + QUEUE_NOTIFY, queue->index);
}

static uint8_t take_isr(void)
{
    uint8_t value = read8(registers + ISR_STATUS);
    barrier_read(); // what the device had written before it raised the bit is read after
    return value;
}

static uint8_t config8(unsigned offset)
{
    return read8(config + offset);
}

static uint16_t config16(unsigned offset)
{
    return read16(config + offset);
}

static uint32_t generation(void)
{
    return 0;
}

const struct transport *virtio_pci_legacy(const struct pci_function *function, bool msix)
{
    static const struct transport legacy = {
        .name = "legacy",
        .legacy = true,
        .size_is_fixed = true,
        .legacy_align = PAGE_SIZE,
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

    if (!function->bar_is_io[0])
        stop("BAR0 is no I/O BAR: the card has no legacy interface");
    registers = function->bar[0];
    config = registers + (msix ? CONFIG_WITH_MSIX : CONFIG);
    return &legacy;
}
