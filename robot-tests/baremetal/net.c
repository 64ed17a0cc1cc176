#include "net.h"

#include "board.h"
#include "console.h"
#include "cpu.h"
#include "features.h"
#include "irq.h"
#include "memory.h"
#include "options.h"
#include "pci.h"
#include "transport.h"
#include "virtqueue.h"

// struct virtio_net_hdr, 5.1.6; with the legacy interface num_buffers exists with MRG_RXBUF only.
struct header {
    uint8_t flags;
    uint8_t gso_type;
    uint16_t hdr_len;
    uint16_t gso_size;
    uint16_t csum_start;
    uint16_t csum_offset;
    uint16_t num_buffers;
};

#define SHORT_HEADER      10

// struct virtio_net_config, 5.1.4
#define CONFIG_MAC        0
#define CONFIG_STATUS     6
#define LINK_UP           1

enum { RECEIVE, TRANSMIT, QUEUES };

#define MAX_BUFFERS       256  // of each queue
#define BUFFER_SIZE       1536 // header and FRAME_MAX
#define SMALL_BUFFER_SIZE 512  // with MRG_RXBUF, so that frames are merged indeed
#define NO_VECTOR         0xffff

struct net_counters net_counters;
uint8_t net_mac[MAC_SIZE];

static const struct transport *transport;
static struct virtqueue *queues[QUEUES];
static uint64_t features;
static unsigned header_size;
static bool one_part; // header and frame may share a descriptor
static unsigned receive_size;
static uint8_t *free_rooms[MAX_BUFFERS];
static unsigned free_count;
static unsigned vectors; // of MSI-X, 0 without
static unsigned first_line, lines;

static void set_status(uint8_t bit)
{
    transport->set_status(transport->status() | bit);
}

static void reset(void)
{
    uint64_t deadline = cpu_ticks() + CLOCK_HZ / 10;

    transport->set_status(0);
    while (transport->status() != 0) {
        if (cpu_ticks() > deadline)
            stop("the card does not come out of its reset");
    }
}

static void negotiate(void)
{
    uint64_t wanted = option_features;
    uint64_t offered = transport->offered_features();

    if (wanted & ~FEATURES_KNOWN)
        stop("wanted features %x are not known to this program", wanted & ~FEATURES_KNOWN);
    if (transport->legacy) {
        features = offered & wanted & UINT32_MAX;
        transport->accept_features(features);
        return;
    }
    if (!(offered & VIRTIO_F_VERSION_1))
        stop("VERSION_1 is not among the offered features %x", offered);
    features = offered & (wanted | VIRTIO_F_VERSION_1);
    transport->accept_features(features);
    set_status(STATUS_FEATURES_OK);
    if (!(transport->status() & STATUS_FEATURES_OK))
        stop("the card does not take features %x", features);
}

static void read_config(void)
{
    uint32_t generation;
    unsigned link;

    if (!(features & VIRTIO_NET_F_MAC))
        stop("feature MAC is not there: the card has no address");
    do {
        generation = transport->generation();
        for (unsigned i = 0; i < MAC_SIZE; i++)
            net_mac[i] = transport->config8(CONFIG_MAC + i);
        link = features & VIRTIO_NET_F_STATUS ? transport->config16(CONFIG_STATUS) : LINK_UP;
    } while (generation != transport->generation());
    if (!(link & LINK_UP))
        report("the link is down");
}

// 4.1.5.1.2: as many vectors as there are, the queues first.
static uint16_t vector_of(unsigned event)
{
    return vectors == 0 ? NO_VECTOR : event < vectors ? event : vectors - 1;
}

static struct virtqueue *create_queue(uint16_t index)
{
    unsigned size = transport->queue_size(index);

    if (size == 0 || (size & (size - 1)) != 0)
        stop("queue %u has size %u", index, size);
    if (option_queue_size != 0 && option_queue_size != size) {
        if (transport->size_is_fixed)
            stop("queue %u has %u descriptors, and this interface cannot change it", index, size);
        if (option_queue_size > size || (option_queue_size & (option_queue_size - 1)) != 0)
            stop("queue %u cannot have %u descriptors, but a power of two up to %u", index, option_queue_size, size);
        size = option_queue_size;
    }
    return split_ring_create(index, (uint16_t)size, features, transport->legacy_align);
}

// A header and what follows it in memory. 5.1.6.6: drivers of the legacy interface give the header a descriptor
// of its own unless VIRTIO_F_ANY_LAYOUT is negotiated.
static bool add(struct virtqueue *queue, uint8_t *buffer, unsigned size)
{
    bool writes = queue->index == RECEIVE;
    struct part whole = {buffer, size, writes};
    struct part parts[MAX_PARTS] = {{buffer, header_size, writes}, {buffer + header_size, size - header_size, writes}};

    return one_part ? virtqueue_add(queue, &whole, 1, buffer) : virtqueue_add(queue, parts, MAX_PARTS, buffer);
}

static void fill_receive_queue(void)
{
    // Small buffers need room for a few in the ring.
    bool merge = features & VIRTIO_NET_F_MRG_RXBUF && queues[RECEIVE]->size >= 8;

    receive_size = merge ? SMALL_BUFFER_SIZE : BUFFER_SIZE;
    for (unsigned i = 0; i < MAX_BUFFERS; i++) {
        if (!add(queues[RECEIVE], memory_take(receive_size, 64), receive_size)) {
            if (i == 0)
                stop("queue %u has no room for a single buffer", RECEIVE);
            break;
        }
    }
}

// As many as the ring can hold at once, so that what has a room has a place.
static void fill_transmit_rooms(void)
{
    unsigned descriptors = one_part || features & VIRTIO_F_INDIRECT_DESC ? 1 : MAX_PARTS;

    while (free_count < MAX_BUFFERS && free_count < queues[TRANSMIT]->size / descriptors)
        free_rooms[free_count++] = memory_take(BUFFER_SIZE, 64);
    if (free_count == 0)
        stop("queue %u has no room for a single buffer", TRANSMIT);
}

static void start_queues(void)
{
    for (unsigned i = 0; i < QUEUES; i++) {
        queues[i] = create_queue((uint16_t)i);
        transport->start_queue(queues[i], vector_of(i));
    }
    if (vectors != 0)
        transport->set_config_vector(vector_of(QUEUES));
    fill_receive_queue();
    fill_transmit_rooms();
}

static void open_transport(void)
{
    static struct pci_function function;

    if (option_interface == INTERFACE_MMIO) {
        if (option_completion == COMPLETION_MSIX)
            stop("virtio-mmio has no MSI-X");
        transport = virtio_mmio(option_mmio_address);
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
    transport = option_interface == INTERFACE_LEGACY ? virtio_pci_legacy(&function, vectors != 0)
                                                     : virtio_pci_modern(&function);
}

static const char *completion_name(void)
{
    static const char *const names[] = {"polling", "interrupt", "msix"};

    return names[option_completion];
}

// 3.1.1 "Driver Requirements: Device Initialization", 3.1.2 for the legacy interface.
void net_start(void)
{
    if (option_interface > INTERFACE_MMIO || option_completion > COMPLETION_MSIX)
        stop("option_interface is %u and option_completion %u: each is 0 to 2", option_interface, option_completion);
    open_transport();
    reset();
    set_status(STATUS_ACKNOWLEDGE);
    set_status(STATUS_DRIVER);
    negotiate();
    read_config();
    one_part = features & (VIRTIO_F_VERSION_1 | VIRTIO_F_ANY_LAYOUT);
    header_size = features & (VIRTIO_F_VERSION_1 | VIRTIO_NET_F_MRG_RXBUF) ? sizeof(struct header) : SHORT_HEADER;
    start_queues();
    if (option_completion != COMPLETION_POLLING) {
        for (unsigned i = 0; i < lines; i++)
            irq_enable(first_line + i, vectors != 0);
    }
    set_status(STATUS_DRIVER_OK);
    net_flush();
    print("virtio-net: %s %s mac %m features %x ready\n", transport->name, completion_name(), net_mac, features);
}

// Gives back the room of what the device has sent.
static void reclaim(void)
{
    struct used used;

    while (virtqueue_take(queues[TRANSMIT], &used)) {
        // Legacy devices may write anything here: 5.1.6.1.
        if (used.length != 0 && !transport->legacy)
            report("queue %u: used length is %u, but nothing was to be written", TRANSMIT, used.length);
        free_rooms[free_count++] = used.token;
        net_counters.sent++;
    }
}

uint8_t *net_room(void)
{
    reclaim();
    return free_count == 0 ? NULL : free_rooms[free_count - 1] + header_size;
}

void net_send(unsigned length)
{
    uint8_t *buffer = free_rooms[--free_count];

    memset(buffer, 0, header_size);
    add(queues[TRANSMIT], buffer, header_size + length);
}

// Takes a receive buffer that the device has used; the next buffers of a frame must be there with its first.
static uint8_t *take_received(uint32_t *length)
{
    struct used used;

    if (!virtqueue_take(queues[RECEIVE], &used))
        return NULL;
    if (used.length > receive_size)
        stop("queue %u: used length %u is more than the buffer's %u", RECEIVE, used.length, receive_size);
    *length = used.length;
    return used.token;
}

// The header of a frame, checked: how many buffers the frame has.
static unsigned check_header(const uint8_t *buffer, uint32_t length)
{
    const struct header *header = (const struct header *)buffer;

    if (length < header_size)
        stop("queue %u: used length %u is less than a header", RECEIVE, length);
    // No offload is negotiated: 5.1.6.4.1.
    if (header->flags != 0 || header->gso_type != 0)
        report("header flags are %u, gso_type is %u", header->flags, header->gso_type);
    if (header_size == SHORT_HEADER)
        return 1;
    if (features & VIRTIO_NET_F_MRG_RXBUF && header->num_buffers != 0)
        return header->num_buffers;
    if (header->num_buffers != 1)
        report("num_buffers is %u", header->num_buffers);
    return 1;
}

bool net_receive(uint8_t *frame, unsigned *length)
{
    uint32_t written;
    uint8_t *buffer = take_received(&written);

    if (!buffer)
        return false;
    unsigned skip = header_size;
    unsigned count = check_header(buffer, written);
    *length = 0;
    for (unsigned i = 1;; i++) {
        written -= skip;
        if (*length + written <= FRAME_MAX)
            memcpy(frame + *length, buffer + skip, written);
        *length += written;
        add(queues[RECEIVE], buffer, receive_size);
        if (i >= count)
            break;
        skip = 0;
        buffer = take_received(&written);
        if (!buffer)
            stop("num_buffers is %u, but only %u are used", count, i);
    }
    net_counters.received++;
    if (*length > FRAME_MAX) {
        net_counters.too_long++;
        *length = 0;
    }
    return true;
}

void net_flush(void)
{
    for (unsigned i = 0; i < QUEUES; i++) {
        if (virtqueue_publish(queues[i])) {
            transport->notify(queues[i]);
            net_counters.notifications++;
        }
    }
}

// A device that met an error says so here, and by a configuration change: 2.1.2.
static void check_status(void)
{
    uint8_t status = transport->status();

    // What is not there reads all ones.
    if (status == UINT8_MAX)
        stop("the card does not answer any more");
    if (status & STATUS_NEEDS_RESET)
        stop("the card needs a reset: it does not accept what this driver did");
    if (!(status & STATUS_DRIVER_OK))
        stop("the card was reset behind this driver's back");
}

bool net_may_sleep(void)
{
    check_status();
    if (option_completion == COMPLETION_POLLING)
        return false;
    bool waiting = false;
    for (unsigned i = 0; i < QUEUES; i++)
        waiting |= virtqueue_listen(queues[i]);
    return !waiting;
}

bool net_interrupt(unsigned line)
{
    if (line < first_line || line >= first_line + lines)
        return false;
    net_counters.interrupts++;
    if (vectors == 0)
        transport->take_isr();
    // Served until nothing is left; net_may_sleep asks for the next one.
    for (unsigned i = 0; i < QUEUES; i++)
        virtqueue_mute(queues[i]);
    return true;
}

void net_give_up(void)
{
    if (transport)
        set_status(STATUS_FAILED);
}
