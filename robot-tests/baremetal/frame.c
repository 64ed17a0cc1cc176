// renode-virtio-net, MIT licence: see LICENSE.
#include "frame.h"

#include "memory.h"
#include "net.h"

static const uint8_t network[] = {192, 168, 100};

void put_ip(uint8_t *at, uint8_t last)
{
    memcpy(at, network, sizeof(network));
    at[sizeof(network)] = last;
}

bool is_own_ip(const uint8_t *at)
{
    return memcmp(at, network, sizeof(network)) == 0 && at[sizeof(network)] == net_mac[MAC_SIZE - 1];
}

void write_arp(uint8_t *frame, uint16_t operation, const uint8_t *target_mac, uint8_t target_last)
{
    static const uint8_t ethernet_and_ip[] = {0, 1, 8, 0, MAC_SIZE, IP_SIZE};

    memset(frame, 0, FRAME_MIN);
    memcpy(frame + ETH_DESTINATION, target_mac, MAC_SIZE);
    memcpy(frame + ETH_SOURCE, net_mac, MAC_SIZE);
    put16(frame + ETH_TYPE, TYPE_ARP);
    memcpy(frame + ETH_PAYLOAD, ethernet_and_ip, sizeof(ethernet_and_ip));
    put16(frame + ARP_OPERATION, operation);
    memcpy(frame + ARP_SENDER_MAC, net_mac, MAC_SIZE);
    put_ip(frame + ARP_SENDER_IP, net_mac[MAC_SIZE - 1]);
    if (operation == ARP_REPLY)
        memcpy(frame + ARP_TARGET_MAC, target_mac, MAC_SIZE);
    put_ip(frame + ARP_TARGET_IP, target_last);
}
