// renode-virtio-net, MIT licence: see LICENSE.
#include "card.h"

#include "board.h"
#include "console.h"
#include "cpu.h"
#include "features.h"
#include "irq.h"
#include "options.h"
#include "pci.h"

#define NO_VECTOR 0xffff
#define PATIENCE  (CLOCK_HZ / 10) // for a reset

struct card card;

static unsigned vectors; // of MSI-X, 0 without
static unsigned first_line, lines;

static void find_transport(void)
{
    static struct pci_function function;

    if (option_interface == INTERFACE_MMIO) {
        if (option_completion == COMPLETION_MSIX)
            stop("virtio-mmio has no MSI-X");
        card.transport = virtio_mmio(option_mmio_address);
        first_line = BOARD_MMIO_LINE;
        lines = 1;
        return;
    }
    if (!pci_find_card(&function))
        stop("there is no virtio network card on the PCI bus");
    first_line = function.line;
    lines = 1;
    if (option_completion == COMPLETION_MSIX) {
        if (!BOARD_HAS_MESSAGES)
            stop("this board has no controller for MSI-X");
        vectors = pci_enable_msix(&function);
        if (vectors == 0)
            stop("the card has no MSI-X");
        first_line = BOARD_MESSAGE_LINE;
        lines = vectors;
    }
    card.transport = option_interface == INTERFACE_LEGACY ? virtio_pci_legacy(&function, vectors != 0)
                                                          : virtio_pci_modern(&function);
}

static void set_status(uint8_t bit)
{
    card.transport->set_status(card.transport->status() | bit);
}

static bool is_reset(void)
{
    return card.transport->status() == 0;
}

static bool wait_for(bool (*condition)(void))
{
    uint64_t deadline = cpu_ticks() + PATIENCE;

    while (!condition()) {
        if (cpu_ticks() > deadline)
            return false;
    }
    return true;
}

static void negotiate(void)
{
    const struct transport *transport = card.transport;
    uint64_t wanted = option_features;
    uint64_t offered = transport->offered_features();

    if (wanted & ~FEATURES_KNOWN)
        stop("wanted features %x are not known to this program", wanted & ~FEATURES_KNOWN);
    if (transport->legacy) {
        card.features = offered & wanted & UINT32_MAX;
        transport->accept_features(card.features);
        return;
    }
    if (!(offered & VIRTIO_F_VERSION_1))
        stop("VERSION_1 is not among the offered features %x", offered);
    card.features = offered & (wanted | VIRTIO_F_VERSION_1);
    transport->accept_features(card.features);
    set_status(STATUS_FEATURES_OK);
    if (!(transport->status() & STATUS_FEATURES_OK))
        stop("the card does not take features %x", card.features);
}

void card_open(void)
{
    find_transport();
    card.transport->set_status(0);
    if (!wait_for(is_reset))
        stop("the card does not come out of its reset");
    set_status(STATUS_ACKNOWLEDGE);
    set_status(STATUS_DRIVER);
    negotiate();
}

// 4.1.5.1.2: as many vectors as there are, the queues first.
static uint16_t vector_of(unsigned event)
{
    return vectors == 0 ? NO_VECTOR : event < vectors ? event : vectors - 1;
}

void card_start_queue(unsigned index, unsigned size)
{
    const struct transport *transport = card.transport;
    unsigned offered = transport->select_queue((uint16_t)index);

    if (!virtqueue_size_is_allowed(offered, card.features))
        stop("queue %u has size %u", index, offered);
    if (size == 0)
        size = offered;
    if (transport->size_is_fixed && size != offered)
        stop("queue %u has %u descriptors, and this interface cannot change it", index, offered);
    if (size > offered || !virtqueue_size_is_allowed(size, card.features))
        stop("queue %u cannot have %u descriptors, but %s up to %u", index, size,
             card.features & VIRTIO_F_RING_PACKED ? "any number" : "a power of two", offered);
    card.queues[index] = virtqueue_create((uint16_t)index, (uint16_t)size, card.features, transport->legacy_align);
    transport->start_queue(card.queues[index], vector_of(index));
}

void card_reset_queue(unsigned index)
{
    if (!(card.features & VIRTIO_F_RING_RESET))
        stop("queue %u cannot be reset: feature RING_RESET is not there", index);
    card.transport->select_queue((uint16_t)index);
    card.transport->reset_queue();
    if (!wait_for(card.transport->queue_is_reset))
        stop("queue %u does not come out of its reset", index);
}

void card_run(void)
{
    if (vectors != 0)
        card.transport->set_config_vector(vector_of(QUEUES));
    if (option_completion != COMPLETION_POLLING) {
        for (unsigned i = 0; i < lines; i++)
            irq_enable(first_line + i, vectors != 0);
    }
    set_status(STATUS_DRIVER_OK);
}

// A device that met an error says so here, and by a configuration change: 2.1.2.
void card_check_status(void)
{
    uint8_t status = card.transport->status();

    // What is not there reads all ones.
    if (status == UINT8_MAX)
        stop("the card does not answer any more");
    if (status & STATUS_NEEDS_RESET)
        stop("the card needs a reset: it does not accept what this driver did");
    if (!(status & STATUS_DRIVER_OK))
        stop("the card was reset behind this driver's back");
}

bool card_interrupt(unsigned line)
{
    if (line < first_line || line >= first_line + lines)
        return false;
    if (vectors == 0)
        card.transport->take_isr();
    return true;
}

void card_give_up(void)
{
    if (card.transport)
        set_status(STATUS_FAILED);
}
