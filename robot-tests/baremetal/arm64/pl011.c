// renode-virtio-net, MIT licence: see LICENSE.
// Arm PrimeCell UART (PL011).

#include "board.h"
#include "io.h"
#include "uart.h"

#define DATA           (BOARD_UART + 0x00)
#define FLAG           (BOARD_UART + 0x18)
#define LINE_CONTROL   (BOARD_UART + 0x2c)
#define CONTROL        (BOARD_UART + 0x30)
#define INTERRUPT_MASK (BOARD_UART + 0x38)

#define FLAG_RX_EMPTY  0x10
#define FLAG_TX_FULL   0x20
#define EIGHT_BITS     0x60
#define ENABLE_RX_TX   0x301
#define MASK_RX        0x10

void uart_start(bool receive_interrupts)
{
    write32(LINE_CONTROL, EIGHT_BITS);
    write32(CONTROL, ENABLE_RX_TX);
    write32(INTERRUPT_MASK, receive_interrupts ? MASK_RX : 0);
}

void uart_put(char c)
{
    while (read32(FLAG) & FLAG_TX_FULL) {
    }
    write32(DATA, (uint8_t)c);
}

int uart_get(void)
{
    return read32(FLAG) & FLAG_RX_EMPTY ? -1 : (int)(read32(DATA) & 0xff);
}
