// renode-virtio-net, MIT licence: see LICENSE.
// The legacy PCI transport. virtio v1.4-cs01: 4.1.4.10 "Legacy Interfaces: A Note on PCI Device Layout",
// 4.1.5.1.3.1 "Legacy Interface: A Note on Virtqueue Configuration". Everything is in the guest's byte order.

#include "console.h"
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

static uintptr_t registers;
static bool has_vectors;

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

static uint16_t select_queue(uint16_t queue)
{
    write16(registers + QUEUE_SELECT, queue);
    return read16(registers + QUEUE_SIZE);
}

static void start_queue(struct virtqueue *queue, uint16_t vector)
{
    if (has_vectors)
        transport_write_vector(registers + QUEUE_MSIX_VECTOR, vector);
    queue->doorbell = registers + QUEUE_NOTIFY;
    queue->number = queue->index;
    transport_write_page(registers + QUEUE_ADDRESS, PAGE_SIZE, queue);
}

static void set_config_vector(uint16_t vector)
{
    transport_write_vector(registers + CONFIG_MSIX_VECTOR, vector);
}

static uint8_t take_isr(void)
{
    return transport_take_isr(registers + ISR_STATUS);
}

const struct transport *virtio_pci_legacy(const struct pci_function *function, bool msix)
{
    static struct transport legacy = {
        .name = "legacy",
        .legacy = true,
        .size_is_fixed = true,
        .legacy_align = PAGE_SIZE,
        .offered_features = offered_features,
        .accept_features = accept_features,
        .status = status,
        .set_status = set_status,
        .select_queue = select_queue,
        .start_queue = start_queue,
        .set_config_vector = set_config_vector,
        .take_isr = take_isr,
    };

    if (!function->bar_is_io[0])
        stop("BAR0 is no I/O BAR: the card has no legacy interface");
    registers = function->bar[0];
    has_vectors = msix;
    legacy.config = registers + (msix ? CONFIG_WITH_MSIX : CONFIG);
    return &legacy;
}
