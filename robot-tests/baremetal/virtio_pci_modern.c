// renode-virtio-net, MIT licence: see LICENSE.
// The modern PCI transport. virtio v1.4-cs01: 4.1.4 "Virtio Structure PCI Capabilities".

#include "console.h"
#include "features.h"
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
#define QUEUE_NOTIF_CONFIG_DATA 0x38
#define QUEUE_RESET           0x3a

static uintptr_t common, isr, notifications;
static uint32_t notify_multiplier;

static uint64_t offered_features(void)
{
    return transport_read_features(common + DEVICE_FEATURE_SELECT, common + DEVICE_FEATURE);
}

static void accept_features(uint64_t features)
{
    transport_write_features(common + DRIVER_FEATURE_SELECT, common + DRIVER_FEATURE, features);
}

static uint8_t status(void)
{
    return read8(common + DEVICE_STATUS);
}

static void set_status(uint8_t value)
{
    write8(common + DEVICE_STATUS, value);
}

static uint16_t select_queue(uint16_t queue)
{
    write16(common + QUEUE_SELECT, queue);
    return read16(common + QUEUE_SIZE);
}

static void start_queue(struct virtqueue *queue, uint16_t vector)
{
    if (read16(common + QUEUE_ENABLE) != 0)
        stop("queue %u is in use after a reset", queue->index);
    write16(common + QUEUE_SIZE, queue->size);
    transport_write_vector(common + QUEUE_MSIX_VECTOR, vector);
    queue->doorbell = notifications + read16(common + QUEUE_NOTIFY_OFF) * notify_multiplier;
    queue->number = queue->features & VIRTIO_F_NOTIF_CONFIG_DATA ? read16(common + QUEUE_NOTIF_CONFIG_DATA)
                                                                 : queue->index;
    transport_write_areas(common + QUEUE_DESC, common + QUEUE_DRIVER, common + QUEUE_DEVICE, queue);
    write16(common + QUEUE_ENABLE, 1);
}

static void reset_queue(void)
{
    write16(common + QUEUE_RESET, 1);
}

static bool queue_is_reset(void)
{
    return read16(common + QUEUE_RESET) == 0 && read16(common + QUEUE_ENABLE) == 0;
}

static void set_config_vector(uint16_t vector)
{
    transport_write_vector(common + CONFIG_MSIX_VECTOR, vector);
}

static uint8_t take_isr(void)
{
    return transport_take_isr(isr);
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
    static struct transport modern = {
        .name = "modern",
        .offered_features = offered_features,
        .accept_features = accept_features,
        .status = status,
        .set_status = set_status,
        .select_queue = select_queue,
        .start_queue = start_queue,
        .reset_queue = reset_queue,
        .queue_is_reset = queue_is_reset,
        .set_config_vector = set_config_vector,
        .take_isr = take_isr,
        .generation = generation,
    };

    find_structure(function, CFG_TYPE_COMMON, "common configuration", &common);
    unsigned cap = find_structure(function, CFG_TYPE_NOTIFY, "notification", &notifications);
    notify_multiplier = read32(function->config + cap + CAP_NOTIFY_MULTIPLIER);
    find_structure(function, CFG_TYPE_ISR, "ISR", &isr);
    find_structure(function, CFG_TYPE_DEVICE, "device configuration", &modern.config);
    return &modern;
}
