// renode-virtio-net, MIT licence: see LICENSE.
// PCI Local Bus Specification 3.0, chapter 6; PCI Express Base Specification, 7.2.2 (ECAM).

#include "pci.h"

#include "board.h"
#include "console.h"
#include "io.h"

#define VENDOR_ID        0x00
#define DEVICE_ID        0x02
#define COMMAND          0x04
#define STATUS           0x06
#define HEADER_TYPE      0x0e
#define BAR0             0x10
#define CAPABILITIES     0x34
#define INTERRUPT_PIN    0x3d

#define COMMAND_IO       0x001
#define COMMAND_MEMORY   0x002
#define COMMAND_MASTER   0x004
#define COMMAND_NO_INTX  0x400
#define STATUS_CAPABILITIES 0x10
#define HEADER_MULTI_FUNCTION 0x80
#define BAR_IS_IO        0x1
#define BAR_IS_64_BIT    0x4
#define SLOTS            32
#define FUNCTIONS        8

#define VENDOR_VIRTIO    0x1af4
#define DEVICE_NET_TRANSITIONAL 0x1000
#define DEVICE_NET_MODERN 0x1041

// Where the next BAR goes. Port 0 stays free: a BAR of 0 means "not placed".
static uintptr_t next_port = 0x1000;
static uintptr_t next_memory = BOARD_PCI_MEMORY;

static uintptr_t config_of(unsigned slot, unsigned function)
{
    return BOARD_PCI_ECAM + (slot << 15) + (function << 12);
}

static uintptr_t take(uintptr_t *next, uint64_t size, uintptr_t end)
{
    uintptr_t place = (*next + size - 1) & ~(size - 1);

    if (size > end - place)
        stop("the PCI window has no room for a BAR of %x bytes", size);
    *next = place + size;
    return place;
}

// Reads how large a BAR is and places it. Returns the number of registers that it takes.
static unsigned place_bar(struct pci_function *function, unsigned index)
{
    uintptr_t bar = function->config + BAR0 + 4 * index;

    write32(bar, UINT32_MAX);
    uint32_t low = read32(bar);
    if (low & BAR_IS_IO) {
        uint64_t size = (uint32_t)-(low & ~0x3u) & 0xffff;
        uintptr_t port = take(&next_port, size, BOARD_PCI_IO_SIZE);
        write32(bar, (uint32_t)port);
        function->bar[index] = BOARD_PCI_IO + port;
        function->bar_is_io[index] = true;
        return 1;
    }
    bool wide = low & BAR_IS_64_BIT;
    uint64_t mask = low & ~0xfu;
    if (wide) {
        write32(bar + 4, UINT32_MAX);
        mask |= (uint64_t)read32(bar + 4) << 32;
    } else if (mask != 0) {
        mask |= 0xffffffff00000000;
    }
    if (mask != 0) {
        uintptr_t place = take(&next_memory, -mask, BOARD_PCI_MEMORY + BOARD_PCI_MEMORY_SIZE);
        write32(bar, (uint32_t)place);
        if (wide)
            write32(bar + 4, (uint32_t)((uint64_t)place >> 32));
        function->bar[index] = place;
    }
    return wide ? 2 : 1;
}

static void set_up(struct pci_function *function, unsigned slot)
{
    uintptr_t command = function->config + COMMAND;

    // No BAR is decoded while it reads all ones.
    write16(command, read16(command) & ~(COMMAND_IO | COMMAND_MEMORY));
    for (unsigned i = 0; i < PCI_BARS;)
        i += place_bar(function, i);
    write16(command, COMMAND_IO | COMMAND_MEMORY | COMMAND_MASTER);

    // The standard swizzle: neighbouring slots start at neighbouring lines.
    unsigned pin = read8(function->config + INTERRUPT_PIN);
    function->line = pin == 0 ? 0 : BOARD_PCI_LINE + (slot + pin - 1) % 4;
}

bool pci_find_card(struct pci_function *function)
{
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        for (unsigned number = 0; number < FUNCTIONS; number++) {
            uintptr_t config = config_of(slot, number);
            // A function that is not there reads all ones; without function 0 there are no others.
            uint16_t vendor = read16(config + VENDOR_ID);
            if (vendor == UINT16_MAX && number == 0)
                break;
            uint16_t device = read16(config + DEVICE_ID);
            if (vendor == VENDOR_VIRTIO && (device == DEVICE_NET_TRANSITIONAL || device == DEVICE_NET_MODERN)) {
                function->config = config;
                set_up(function, slot);
                return true;
            }
            if (number == 0 && !(read8(config + HEADER_TYPE) & HEADER_MULTI_FUNCTION))
                break;
        }
    }
    return false;
}

unsigned pci_next_capability(const struct pci_function *function, uint8_t id, unsigned after)
{
    uintptr_t config = function->config;

    if (!(read16(config + STATUS) & STATUS_CAPABILITIES))
        return 0;
    unsigned place = read8(config + (after == 0 ? CAPABILITIES : after + 1)) & ~3u;
    // There is room for 48 capabilities: a list that goes on runs in a circle.
    for (unsigned count = 0; place != 0; count++) {
        if (count == 48)
            stop("the list of PCI capabilities does not end");
        if (read8(config + place) == id)
            return place;
        place = read8(config + place + 1) & ~3u;
    }
    return 0;
}

// MSI-X: PCI Local Bus Specification 3.0, 6.8.2.
#define CAPABILITY_MSIX  0x11
#define MSIX_CONTROL     2
#define MSIX_TABLE       4
#define CONTROL_SIZE     0x07ff
#define CONTROL_ENABLE   0x8000
#define ENTRY_SIZE       16
#define MAX_VECTORS      3

unsigned pci_enable_msix(const struct pci_function *function)
{
    unsigned capability = pci_next_capability(function, CAPABILITY_MSIX, 0);

    if (capability == 0)
        return 0;
    uintptr_t control = function->config + capability + MSIX_CONTROL;
    uint32_t table = read32(function->config + capability + MSIX_TABLE);
    uintptr_t entry = function->bar[table & 7] + (table & ~7u);
    unsigned vectors = (read16(control) & CONTROL_SIZE) + 1;
    if (vectors > MAX_VECTORS)
        vectors = MAX_VECTORS;
    for (unsigned i = 0; i < vectors; i++, entry += ENTRY_SIZE) {
        write64_halves(entry, entry + 4, BOARD_MESSAGE_ADDRESS);
        write32(entry + 8, BOARD_MESSAGE_LINE + i);
        write32(entry + 12, 0); // not masked
    }
    write16(function->config + COMMAND, read16(function->config + COMMAND) | COMMAND_NO_INTX);
    write16(control, read16(control) | CONTROL_ENABLE);
    return vectors;
}
