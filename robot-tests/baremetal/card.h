// renode-virtio-net, MIT licence: see LICENSE.
// The card as any virtio device: found, negotiated with, its queues and interrupts. virtio v1.4-cs01: 3.1 "Device
// Initialization".
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "transport.h"
#include "virtqueue.h"

enum { RECEIVE, TRANSMIT, QUEUES };

struct card {
    const struct transport *transport; // NULL until it was found
    uint64_t features;                 // negotiated
    struct virtqueue *queues[QUEUES];
};

extern struct card card;

// Finds the card where the options say, resets it and negotiates: steps 1 to 6.
void card_open(void);

// Makes a queue of so many descriptors, 0: as many as the device offers, and starts it.
void card_start_queue(unsigned index, unsigned size);

// Resets one queue, 2.6.1; afterwards it can be started at another size.
void card_reset_queue(unsigned index);

// Lets the card interrupt, and sets DRIVER_OK: step 8.
void card_run(void);

// Stops the program if the card is lost, or has met an error.
void card_check_status(void);

// Serves the card's interrupt; false if the line is not the card's.
bool card_interrupt(unsigned line);

// Tells the card that this driver has failed, if there is a card.
void card_give_up(void);
