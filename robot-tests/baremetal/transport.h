// What the driver needs of a transport. virtio v1.4-cs01: 4 "Virtio Transport Options".
//
// One card, one transport: the state is the transport's own.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct virtqueue;

struct transport {
    const char *name;
    bool legacy;            // 1.4 "Structure Specifications": no FEATURES_OK, the short header
    bool size_is_fixed;     // the device's queue size must be taken
    unsigned legacy_align;  // Queue Align of the one-piece layout (2.7.2); 0: areas of their own

    uint64_t (*offered_features)(void);
    void (*accept_features)(uint64_t features);
    uint8_t (*status)(void);
    void (*set_status)(uint8_t status);

    // The most descriptors that the queue may have, 0 if there is no such queue.
    uint16_t (*queue_size)(uint16_t queue);
    // Tells the device where the queue is. The vector counts with MSI-X only.
    void (*start_queue)(const struct virtqueue *queue, uint16_t vector);
    // Asks for configuration changes on an MSI-X vector.
    void (*set_config_vector)(uint16_t vector);

    // The available buffer notification (2.3), after the ring is written.
    void (*notify)(const struct virtqueue *queue);
    // What the device has to say, ISR_*; its interrupt line drops.
    uint8_t (*take_isr)(void);

    // Device configuration, by the width of its fields; generation is 0 where there is none.
    uint8_t (*config8)(unsigned offset);
    uint16_t (*config16)(unsigned offset);
    uint32_t (*generation)(void);
};

#define STATUS_ACKNOWLEDGE 1
#define STATUS_DRIVER      2
#define STATUS_DRIVER_OK   4
#define STATUS_FEATURES_OK 8
#define STATUS_NEEDS_RESET 64
#define STATUS_FAILED      128

#define ISR_QUEUE          1
#define ISR_CONFIG         2

struct pci_function;

// Each stops the program, with a line that says why, if the card has not got the interface.
const struct transport *virtio_pci_modern(const struct pci_function *function);
const struct transport *virtio_pci_legacy(const struct pci_function *function, bool msix);
const struct transport *virtio_mmio(uintptr_t registers);
