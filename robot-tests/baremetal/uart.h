// renode-virtio-net, MIT licence: see LICENSE.
// The console: PL011 or NS16550, see the board's folder.
#pragma once

#include <stdbool.h>

void uart_start(bool receive_interrupts);
void uart_put(char c);

// The next character typed, -1 if there is none.
int uart_get(void);
