// renode-virtio-net, MIT licence: see LICENSE.
// What the driver needs of a transport. virtio v1.4-cs01: 4 "Virtio Transport Options".
//
// One card, one transport: the state is the transport's own.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct virtqueue;

struct transport {
    const char *name;
    bool legacy;            // a legacy interface, 1.3.1: no FEATURES_OK, the short header
    bool size_is_fixed;     // the device's queue size must be taken
    bool wide_doorbell;     // available buffer notifications have always 32 bits
    unsigned legacy_align;  // Queue Align of the one-piece layout (2.7.2); 0: areas of their own
    uintptr_t config;       // where the device configuration is

    uint64_t (*offered_features)(void);
    void (*accept_features)(uint64_t features);
    uint8_t (*status)(void);
    void (*set_status)(uint8_t status);

    // Selects a queue. Returns the most descriptors that it may have, 0 if there is no such queue.
    uint16_t (*select_queue)(uint16_t queue);
    // Tells the device where the selected queue lies, starts it, and sets the queue's doorbell and number. The vector is
    // used with MSI-X only.
    void (*start_queue)(struct virtqueue *queue, uint16_t vector);
    // Begins to reset the queue selected, and says whether that is complete; NULL with a legacy interface.
    void (*reset_queue)(void);
    bool (*queue_is_reset)(void);
    // Asks for configuration changes on an MSI-X vector; NULL where there is no MSI-X.
    void (*set_config_vector)(uint16_t vector);

    // Returns the pending events, ISR_*, and clears them, so that the interrupt line drops.
    uint8_t (*take_isr)(void);
    // Of the device configuration; NULL with a legacy interface.
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

// The available buffer notification, after the ring is written.
void transport_notify(const struct transport *transport, const struct virtqueue *queue);

// What transports have in common, at registers that each has at places of its own.

// Feature words, each accessed after its number was written to the selector.
uint64_t transport_read_features(uintptr_t select, uintptr_t word);
void transport_write_features(uintptr_t select, uintptr_t word, uint64_t features);

// Addresses of the queue's areas, each two halves of 32 bits.
void transport_write_areas(uintptr_t descriptor, uintptr_t driver, uintptr_t device, const struct virtqueue *queue);

// The page number of a legacy queue.
void transport_write_page(uintptr_t field, unsigned page_size, const struct virtqueue *queue);

// PCI: maps an event to an MSI-X vector.
void transport_write_vector(uintptr_t field, uint16_t vector);

// PCI: reads the ISR status, which clears it.
uint8_t transport_take_isr(uintptr_t isr);
