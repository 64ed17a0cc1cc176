// renode-virtio-net, MIT licence: see LICENSE.
// A network node without an operating system: answers frames, or sends them and checks the answers.

#include "board.h"
#include "console.h"
#include "echo.h"
#include "irq.h"
#include "net.h"
#include "options.h"
#include "probe.h"
#include "talk.h"
#include "uart.h"

static void print_counters(void)
{
    print("virtio-net: counters received %u sent %u echoed %u arp %u icmp %u too-long %u skipped %u "
          "notifications %u interrupts %u errors %u\n",
          net_counters.received, net_counters.sent, echo_counters.echoed, echo_counters.arp, echo_counters.icmp,
          net_counters.too_long, net_counters.skipped, net_counters.notifications, net_counters.interrupts,
          errors_reported);
}

static void read_console(void)
{
    int typed;

    while ((typed = uart_get()) != -1) {
        if (typed == 's')
            print_counters();
        else if (typed == 'r')
            net_resize();
        else if (typed == 'p' && option_role == ROLE_PROBE)
            probe_start();
    }
}

// Received frames are copied to where the answer is sent from.
static bool receive(void)
{
    uint8_t *frame;
    unsigned length;
    bool worked = false;

    while ((frame = net_room()) != NULL && net_receive(frame, &length)) {
        worked = true;
        if (option_role == ROLE_PROBE)
            probe_check(frame, length);
        else if (option_role == ROLE_TALK)
            talk_take(frame, length);
        unsigned answer = echo_answer(frame, length);
        if (answer != 0)
            net_send(answer);
    }
    return worked;
}

static void sleep(void)
{
    unsigned line = irq_wait();

    if (line == 0)
        return;
    if (!net_interrupt(line))
        read_console();
    irq_complete(line);
}

void main(void)
{
    bool sleeps = option_completion != COMPLETION_POLLING;

    uart_start(sleeps);
    irq_start();
    if (sleeps)
        irq_enable(BOARD_UART_LINE, false);
    net_start();
    if (option_role == ROLE_PROBE)
        probe_start();
    else if (option_role == ROLE_TALK)
        talk_start();
    for (;;) {
        bool worked = receive();
        if (option_role == ROLE_PROBE)
            worked |= probe_step();
        else if (option_role == ROLE_TALK)
            worked |= talk_step();
        net_flush();
        read_console();
        if (!worked && net_may_sleep()) {
            if (option_role == ROLE_PROBE)
                irq_wake_at(probe_deadline());
            sleep();
        }
    }
}
