// renode-virtio-net, MIT licence: see LICENSE.
// The network card, whatever its transport. virtio v1.4-cs01: 3.1 "Device Initialization", 5.1 "Network Device".
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAC_SIZE   6
#define FRAME_MIN  60   // without check sequence
#define FRAME_MAX  1518 // with an 802.1Q tag

struct net_counters {
    unsigned received;
    unsigned sent;
    unsigned skipped;       // sent, but the device wrote no used element for it: VIRTIO_F_IN_ORDER
    unsigned too_long;      // received, but longer than FRAME_MAX
    unsigned notifications; // to the device
    unsigned interrupts;    // from the device
};

extern struct net_counters net_counters;
extern uint8_t net_mac[MAC_SIZE];

// Finds the card and starts it as the options say; prints the line that ends in "ready".
void net_start(void);

// Resets both queues and starts them anew with option_new_queue_size. Frames on their way in are lost.
void net_resize(void);

// Room for a frame to send, FRAME_MAX bytes. The same again until it is sent; NULL if all are on their way.
uint8_t *net_room(void);

// Sends what was written to net_room.
void net_send(unsigned length);

// Copies the next frame received. False if there is none; length 0 if it was too long and is dropped.
bool net_receive(uint8_t *frame, unsigned *length);

// Shows the device what was sent and given back since, and notifies it if it wants that.
void net_flush(void);

// With nothing to do: true if the program may sleep, false if there is something to do after all.
bool net_may_sleep(void);

// Serves the card's interrupt; false if the line is not the card's.
bool net_interrupt(unsigned line);
