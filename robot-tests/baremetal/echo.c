// renode-virtio-net, MIT licence: see LICENSE.
// Frames of type 0x88B5 go back as they came, their addresses swapped; ARP and ping for this node's address are
// answered, the rest is left alone. Answers to answers cannot run in a circle: of type 0x88B5 only an echo node
// sends back, and it never sends first; ARP replies and ICMP echo replies are not answered at all.

#include "echo.h"

#include "frame.h"
#include "memory.h"
#include "net.h"
#include "options.h"

struct echo_counters echo_counters;

static void swap_addresses(uint8_t *frame)
{
    memcpy(frame + ETH_DESTINATION, frame + ETH_SOURCE, MAC_SIZE);
    memcpy(frame + ETH_SOURCE, net_mac, MAC_SIZE);
}

static unsigned answer_arp(uint8_t *frame, unsigned length)
{
    uint8_t mac[MAC_SIZE];

    if (length < ARP_END || get16(frame + ARP_OPERATION) != ARP_REQUEST || !is_own_ip(frame + ARP_TARGET_IP))
        return 0;
    memcpy(mac, frame + ARP_SENDER_MAC, MAC_SIZE);
    write_arp(frame, ARP_REPLY, mac, frame[ARP_SENDER_IP + IP_SIZE - 1]);
    echo_counters.arp++;
    return FRAME_MIN;
}

static unsigned answer_icmp(uint8_t *frame, unsigned length)
{
    uint8_t source[IP_SIZE];

    if (length < ICMP_END || frame[IP_VERSION] != IP_PLAIN || get16(frame + IP_FRAGMENT) & IP_MORE_OR_LATER ||
        frame[IP_PROTOCOL] != PROTOCOL_ICMP || frame[ICMP_TYPE] != ICMP_ECHO || !is_own_ip(frame + IP_DESTINATION))
        return 0;
    swap_addresses(frame);
    memcpy(source, frame + IP_SOURCE, IP_SIZE);
    memcpy(frame + IP_SOURCE, frame + IP_DESTINATION, IP_SIZE);
    memcpy(frame + IP_DESTINATION, source, IP_SIZE);
    // Swapped words leave the IP header's checksum as it is; the type, gone from 8 to 0, adds 0x0800 to ICMP's.
    frame[ICMP_TYPE] = ICMP_ECHO_REPLY;
    uint32_t checksum = get16(frame + ICMP_CHECKSUM) + (ICMP_ECHO << 8);
    put16(frame + ICMP_CHECKSUM, (uint16_t)(checksum + (checksum >> 16)));
    echo_counters.icmp++;
    return length;
}

unsigned echo_answer(uint8_t *frame, unsigned length)
{
    if (length < ETH_PAYLOAD)
        return 0;
    uint16_t type = get16(frame + ETH_TYPE);
    if (type == TYPE_ARP)
        return answer_arp(frame, length);
    if (memcmp(frame + ETH_DESTINATION, net_mac, MAC_SIZE) != 0)
        return 0;
    if (type == TYPE_IPV4)
        return answer_icmp(frame, length);
    if (type == TYPE_ECHO && option_role == ROLE_ECHO) {
        swap_addresses(frame);
        echo_counters.echoed++;
        return length;
    }
    return 0;
}
