// renode-virtio-net, MIT licence: see LICENSE.
#include "probe.h"

#include "console.h"
#include "cpu.h"
#include "frame.h"
#include "irq.h"
#include "memory.h"
#include "net.h"
#include "options.h"

#define SMALLEST     FRAME_MIN
#define LARGEST      1514
#define SEQUENCE     ETH_PAYLOAD         // 4 bytes: which frame
#define PATTERN      (ETH_PAYLOAD + 4)   // then bytes that count up from it
#define RETRY        (CLOCK_HZ / 1000)   // of ARP: the peer may still be starting
#define PATIENCE     CLOCK_HZ             // for an echo

static enum { ASKING, SENDING, DONE } state;
static uint8_t peer[MAC_SIZE];
static unsigned sent, echoed, errors;
static uint64_t deadline;

// The smallest, the largest, and evenly what is between.
static unsigned size_of(unsigned sequence)
{
    return option_frames < 2 ? SMALLEST : SMALLEST + (LARGEST - SMALLEST) * sequence / (option_frames - 1);
}

static uint8_t pattern_at(unsigned sequence, unsigned offset)
{
    return (uint8_t)(sequence + offset);
}

static bool past_deadline(void)
{
    return cpu_ticks() >= deadline;
}

void probe_start(void)
{
    state = ASKING;
    sent = echoed = errors = 0;
    deadline = 0;
}

uint64_t probe_deadline(void)
{
    return state == DONE ? NO_WAKE_UP : deadline;
}

static void finish(void)
{
    state = DONE;
    print("probe: %u frames echoed, %u errors\n", echoed, errors);
}

static bool ask(void)
{
    static const uint8_t broadcast[MAC_SIZE] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint8_t *frame = net_room();

    if (!past_deadline() || !frame)
        return false;
    write_arp(frame, ARP_REQUEST, broadcast, (uint8_t)option_peer);
    net_send(FRAME_MIN);
    deadline = cpu_ticks() + RETRY;
    return true;
}

static void send_next(uint8_t *frame)
{
    unsigned size = size_of(sent);

    memcpy(frame + ETH_DESTINATION, peer, MAC_SIZE);
    memcpy(frame + ETH_SOURCE, net_mac, MAC_SIZE);
    put16(frame + ETH_TYPE, TYPE_ECHO);
    put16(frame + SEQUENCE, (uint16_t)(sent >> 16));
    put16(frame + SEQUENCE + 2, (uint16_t)sent);
    for (unsigned i = PATTERN; i < size; i++)
        frame[i] = pattern_at(sent, i);
    net_send(size);
    sent++;
    deadline = cpu_ticks() + PATIENCE;
}

bool probe_step(void)
{
    uint8_t *frame;
    bool worked = false;

    if (state == ASKING)
        return ask();
    if (state == DONE)
        return false;
    while (sent < option_frames && sent - echoed < option_window && (frame = net_room()) != NULL) {
        send_next(frame);
        worked = true;
    }
    if (echoed == option_frames) {
        finish();
        return true;
    }
    if (!worked && past_deadline()) {
        errors++;
        report("frame %u did not come back in a second", echoed);
        finish();
        return true;
    }
    return worked;
}

static bool is_expected(const uint8_t *frame, unsigned length)
{
    uint32_t sequence = (uint32_t)get16(frame + SEQUENCE) << 16 | get16(frame + SEQUENCE + 2);

    if (length != size_of(echoed) || sequence != echoed || memcmp(frame + ETH_DESTINATION, net_mac, MAC_SIZE) != 0 ||
        memcmp(frame + ETH_SOURCE, peer, MAC_SIZE) != 0)
        return false;
    for (unsigned i = PATTERN; i < length; i++) {
        if (frame[i] != pattern_at(echoed, i))
            return false;
    }
    return true;
}

void probe_check(const uint8_t *frame, unsigned length)
{
    if (length < FRAME_MIN)
        return;
    uint16_t type = get16(frame + ETH_TYPE);
    if (state == ASKING && type == TYPE_ARP && get16(frame + ARP_OPERATION) == ARP_REPLY) {
        memcpy(peer, frame + ARP_SENDER_MAC, MAC_SIZE);
        state = SENDING;
    } else if (state == SENDING && type == TYPE_ECHO) {
        if (!is_expected(frame, length)) {
            errors++;
            report("frame %u came back otherwise, with %u bytes", echoed, length);
        }
        echoed++;
    }
}
