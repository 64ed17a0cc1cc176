// renode-virtio-net, MIT licence: see LICENSE.
// NS16550 UART, registers a byte apart.

#include "board.h"
#include "io.h"
#include "uart.h"

#define DATA             (BOARD_UART + 0)
#define INTERRUPT_ENABLE (BOARD_UART + 1)
#define LINE_CONTROL     (BOARD_UART + 3)
#define LINE_STATUS      (BOARD_UART + 5)

#define EIGHT_BITS       0x03
#define DATA_READY       0x01
#define TX_EMPTY         0x20
#define ENABLE_RX        0x01

void uart_start(bool receive_interrupts)
{
    write8(LINE_CONTROL, EIGHT_BITS);
    write8(INTERRUPT_ENABLE, receive_interrupts ? ENABLE_RX : 0);
}

void uart_put(char c)
{
    while (!(read8(LINE_STATUS) & TX_EMPTY)) {
    }
    write8(DATA, (uint8_t)c);
}

int uart_get(void)
{
    return read8(LINE_STATUS) & DATA_READY ? read8(DATA) : -1;
}
