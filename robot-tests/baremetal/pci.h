// renode-virtio-net, MIT licence: see LICENSE.
// PCI functions of bus 0, reached through ECAM. There is no firmware: this program places the BARs.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PCI_BARS 6

struct pci_function {
    uintptr_t config;        // its configuration space
    uintptr_t bar[PCI_BARS]; // where the CPU reaches each, 0 if there is none
    bool bar_is_io[PCI_BARS];
    unsigned line;           // of its INTx pin, 0 if it has none
};

// Finds the first virtio network card, transitional or modern, and places its BARs. False if there is none.
bool pci_find_card(struct pci_function *function);

// The capability with this id after the given one (0: the first). 0 if there is none.
unsigned pci_next_capability(const struct pci_function *function, uint8_t id, unsigned after);

// Makes INTx silent and sends vector n of the table as message n of the board. Returns the number of vectors in
// use, 0 if the function has no MSI-X.
unsigned pci_enable_msix(const struct pci_function *function);
