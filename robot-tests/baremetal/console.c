// renode-virtio-net, MIT licence: see LICENSE.
#include "console.h"

#include <stdarg.h>
#include <stdint.h>

#include "card.h"
#include "cpu.h"
#include "uart.h"

unsigned errors_reported;

static void put(char c)
{
    if (c == '\n')
        uart_put('\r');
    uart_put(c);
}

static void put_number(uint64_t value, unsigned base, unsigned digits)
{
    char text[20];
    unsigned length = 0;

    do {
        text[length++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0 || length < digits);
    while (length > 0)
        put(text[--length]);
}

static void put_mac(const uint8_t *mac)
{
    for (unsigned i = 0; i < 6; i++) {
        if (i > 0)
            put(':');
        put_number(mac[i], 16, 2);
    }
}

static void put_string(const char *text)
{
    while (*text)
        put(*text++);
}

static void print_list(const char *format, va_list list)
{
    for (; *format; format++) {
        if (*format != '%') {
            put(*format);
            continue;
        }
        switch (*++format) {
        case 's':
            put_string(va_arg(list, const char *));
            break;
        case 'u':
            put_number(va_arg(list, unsigned), 10, 1);
            break;
        case 'x':
            put_string("0x");
            put_number(va_arg(list, uint64_t), 16, 1);
            break;
        case 'm':
            put_mac(va_arg(list, const uint8_t *));
            break;
        }
    }
}

void print(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print_list(format, list);
    va_end(list);
}

static void print_error(const char *format, va_list list)
{
    errors_reported++;
    print("virtio-net: error ");
    print_list(format, list);
    print("\n");
}

void report(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print_error(format, list);
    va_end(list);
}

_Noreturn void stop(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print_error(format, list);
    va_end(list);
    card_give_up();
    print("virtio-net: stopped\n");
    for (;;)
        cpu_sleep();
}

_Noreturn void fault(uint64_t cause, uint64_t pc, uint64_t address)
{
    stop("CPU exception %x at %x, address %x", cause, pc, address);
}
