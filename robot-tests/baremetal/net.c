// renode-virtio-net, MIT licence: see LICENSE.
#include "net.h"

#include "card.h"
#include "console.h"
#include "features.h"
#include "io.h"
#include "memory.h"
#include "options.h"

// struct virtio_net_hdr, 5.1.9; with the legacy interface num_buffers exists with MRG_RXBUF only.
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

#define MAX_BUFFERS       256  // of each queue
#define BUFFER_SIZE       1536 // header and FRAME_MAX
#define SMALL_BUFFER_SIZE 512  // with MRG_RXBUF, so that frames are merged indeed

struct net_counters net_counters;
uint8_t net_mac[MAC_SIZE];

static unsigned header_size;
static bool one_part; // header and frame may share a descriptor
static unsigned receive_size;
static uint8_t *buffers[QUEUES][MAX_BUFFERS]; // NULL until one is needed
static uint8_t *free_rooms[MAX_BUFFERS];
static unsigned free_count;

static uint32_t read_generation(void)
{
    return card.transport->generation ? card.transport->generation() : 0;
}

static void read_config(void)
{
    uintptr_t config = card.transport->config;
    uint32_t generation;
    unsigned link;

    if (!(card.features & VIRTIO_NET_F_MAC))
        stop("feature MAC is not there: the card has no address");
    do {
        generation = read_generation();
        for (unsigned i = 0; i < MAC_SIZE; i++)
            net_mac[i] = read8(config + CONFIG_MAC + i);
        link = card.features & VIRTIO_NET_F_STATUS ? read16(config + CONFIG_STATUS) : LINK_UP;
    } while (generation != read_generation());
    if (!(link & LINK_UP))
        report("the link is down");
}

// A header and what follows it in memory. 5.1.9.8: drivers of the legacy interface give the header a descriptor
// of its own unless VIRTIO_F_ANY_LAYOUT is negotiated; with option_chained all do.
static bool add(struct virtqueue *queue, uint8_t *buffer, unsigned size)
{
    bool writes = queue->index == RECEIVE;
    struct part whole = {buffer, size, writes};
    struct part parts[MAX_PARTS] = {{buffer, header_size, writes}, {buffer + header_size, size - header_size, writes}};

    return one_part ? virtqueue_add(queue, &whole, 1, buffer) : virtqueue_add(queue, parts, MAX_PARTS, buffer);
}

static uint8_t *buffer_at(unsigned queue, unsigned index)
{
    uint8_t **buffer = &buffers[queue][index];

    if (!*buffer)
        *buffer = memory_take(BUFFER_SIZE, 64);
    return *buffer;
}

static void fill_receive_queue(void)
{
    struct virtqueue *queue = card.queues[RECEIVE];
    // Small buffers need room for a few in the ring.
    bool merge = card.features & VIRTIO_NET_F_MRG_RXBUF && queue->size >= 8;
    unsigned count = 0;

    receive_size = merge ? SMALL_BUFFER_SIZE : BUFFER_SIZE;
    while (count < MAX_BUFFERS && add(queue, buffer_at(RECEIVE, count), receive_size))
        count++;
    if (count == 0)
        stop("queue %u has no room for a single buffer", RECEIVE);
}

// As many transmit buffers as the ring can hold at once, so that it always has room for a frame that got a buffer.
static void fill_transmit_rooms(void)
{
    unsigned descriptors = one_part || card.features & VIRTIO_F_INDIRECT_DESC ? 1 : MAX_PARTS;
    unsigned rooms = card.queues[TRANSMIT]->size / descriptors;

    for (free_count = 0; free_count < rooms && free_count < MAX_BUFFERS; free_count++)
        free_rooms[free_count] = buffer_at(TRANSMIT, free_count);
    if (free_count == 0)
        stop("queue %u has no room for a single buffer", TRANSMIT);
}

static void start_queues(unsigned size)
{
    for (unsigned i = 0; i < QUEUES; i++)
        card_start_queue(i, size);
    fill_receive_queue();
    fill_transmit_rooms();
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
    card_open();
    read_config();
    one_part = card.features & (VIRTIO_F_VERSION_1 | VIRTIO_F_ANY_LAYOUT) && !option_chained;
    header_size = card.features & (VIRTIO_F_VERSION_1 | VIRTIO_NET_F_MRG_RXBUF) ? sizeof(struct header) : SHORT_HEADER;
    start_queues(option_queue_size);
    card_run();
    net_flush();
    print("virtio-net: %s %s mac %m features %x ready\n", card.transport->name, completion_name(), net_mac,
          card.features);
}

void net_resize(void)
{
    for (unsigned i = 0; i < QUEUES; i++)
        card_reset_queue(i);
    start_queues(option_new_queue_size);
    net_flush();
    print("virtio-net: queues of %u and %u descriptors\n", card.queues[RECEIVE]->size, card.queues[TRANSMIT]->size);
}

// Gives back the room of what the device has sent.
static void reclaim(void)
{
    struct used used;

    while (virtqueue_take(card.queues[TRANSMIT], &used)) {
        // Legacy devices may write anything here: 5.1.9.1.
        if (used.length != 0 && !card.transport->legacy)
            report("queue %u: used length is %u, but nothing was to be written", TRANSMIT, used.length);
        free_rooms[free_count++] = used.token;
        net_counters.skipped += used.skipped;
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
    add(card.queues[TRANSMIT], buffer, header_size + length);
}

// Takes a receive buffer that the device has used; the next buffers of a frame must be there with its first.
static uint8_t *take_received(uint32_t *length)
{
    struct used used;

    if (!virtqueue_take(card.queues[RECEIVE], &used))
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
    // No offload is negotiated: 5.1.9.4.1.
    if (header->flags != 0 || header->gso_type != 0)
        report("header flags are %u, gso_type is %u", header->flags, header->gso_type);
    if (header_size == SHORT_HEADER)
        return 1;
    if (card.features & VIRTIO_NET_F_MRG_RXBUF && header->num_buffers != 0)
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
        add(card.queues[RECEIVE], buffer, receive_size);
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
        if (virtqueue_publish(card.queues[i])) {
            transport_notify(card.transport, card.queues[i]);
            net_counters.notifications++;
        }
    }
}

bool net_may_sleep(void)
{
    card_check_status();
    if (option_completion == COMPLETION_POLLING)
        return false;
    bool waiting = false;
    for (unsigned i = 0; i < QUEUES; i++)
        waiting |= virtqueue_listen(card.queues[i]);
    return !waiting;
}

bool net_interrupt(unsigned line)
{
    if (!card_interrupt(line))
        return false;
    net_counters.interrupts++;
    // Served until nothing is left; net_may_sleep asks for the next one.
    for (unsigned i = 0; i < QUEUES; i++)
        virtqueue_mute(card.queues[i]);
    return true;
}
