// renode-virtio-net, MIT licence: see LICENSE.
// Nodes that send to each other. What a node sends, to whom, how long and when depends on every byte that it has received so far, and
// on the order. So if two runs differ anywhere, in one frame's place or time, they differ in all that follows.
//
// A node that polls sends by itself, with a number of turns of the main loop between two frames. Another one sleeps, and
// sends when it has received something. Nobody reads a clock, since machines that share theirs (mach create) read what depends on the
// host's threads.

#include "talk.h"

#include "console.h"
#include "frame.h"
#include "memory.h"
#include "net.h"
#include "options.h"

#define SMALLEST     FRAME_MIN
#define SPREAD       512               // of the length
#define SEQUENCE     ETH_PAYLOAD       // 4 bytes: which frame of this node
#define MEMORY       (ETH_PAYLOAD + 4) // 8 bytes: of what the node has received
#define TURNS        500               // of the main loop, at most, between two frames
#define ANSWERS      3                 // fewer than these for a frame

static unsigned sent, turns, answers;
static uint64_t memory;

// FNV-1a.
static void remember(const uint8_t *bytes, unsigned length)
{
    for (unsigned i = 0; i < length; i++)
        memory = (memory ^ bytes[i]) * 0x100000001b3;
}

// The upper bits of the product are the good ones.
static unsigned choose(unsigned choices)
{
    static const uint8_t step = 0x5a;

    remember(&step, sizeof(step));
    return (unsigned)((memory >> 32) % choices);
}

void talk_start(void)
{
    sent = answers = 0;
    memory = 0xcbf29ce484222325;
    remember(net_mac, MAC_SIZE);
    turns = choose(TURNS);
}

// One frame of eight is for everybody, the others each for one of the nodes 1 to option_peers, this one excepted.
static void choose_receiver(uint8_t *mac)
{
    unsigned own = net_mac[MAC_SIZE - 1];
    unsigned other = 1 + choose(option_peers - 1);

    memcpy(mac, net_mac, MAC_SIZE);
    mac[MAC_SIZE - 1] = (uint8_t)(other < own ? other : other + 1);
    if (choose(8) == 0)
        memset(mac, 0xff, MAC_SIZE);
}

static void send_next(uint8_t *frame)
{
    unsigned size = SMALLEST + choose(SPREAD);

    choose_receiver(frame + ETH_DESTINATION);
    memcpy(frame + ETH_SOURCE, net_mac, MAC_SIZE);
    put16(frame + ETH_TYPE, TYPE_ECHO);
    put16(frame + SEQUENCE, (uint16_t)(sent >> 16));
    put16(frame + SEQUENCE + 2, (uint16_t)sent);
    for (unsigned i = 0; i < sizeof(memory); i++)
        frame[MEMORY + i] = (uint8_t)(memory >> (8 * i));
    for (unsigned i = MEMORY + sizeof(memory); i < size; i++)
        frame[i] = (uint8_t)(sent + i);
    net_send(size);
    sent++;
    if (sent == option_frames)
        print("talk: %u frames sent\n", sent);
}

bool talk_step(void)
{
    uint8_t *frame;

    if (sent == option_frames)
        return false;
    if (option_completion == COMPLETION_POLLING && turns > 0)
        turns--;
    else if ((option_completion == COMPLETION_POLLING || answers > 0) && (frame = net_room()) != NULL) {
        send_next(frame);
        turns = choose(TURNS);
        answers = answers > 0 ? answers - 1 : 0;
        return true;
    }
    return option_completion == COMPLETION_POLLING;
}

void talk_take(const uint8_t *frame, unsigned length)
{
    if (length < MEMORY + sizeof(memory) || get16(frame + ETH_TYPE) != TYPE_ECHO)
        return;
    remember(frame, length);
    answers += choose(ANSWERS);
}
