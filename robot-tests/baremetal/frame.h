// renode-virtio-net, MIT licence: see LICENSE.
// Ethernet frames, ARP, IPv4 and ICMP: the offsets that this program needs. All fields are big-endian.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ETH_DESTINATION 0
#define ETH_SOURCE      6
#define ETH_TYPE        12
#define ETH_PAYLOAD     14

#define TYPE_IPV4       0x0800
#define TYPE_ARP        0x0806
#define TYPE_ECHO       0x88b5 // IEEE 802 local experimental

// RFC 826, for Ethernet and IPv4.
#define ARP_OPERATION   (ETH_PAYLOAD + 6)
#define ARP_SENDER_MAC  (ETH_PAYLOAD + 8)
#define ARP_SENDER_IP   (ETH_PAYLOAD + 14)
#define ARP_TARGET_MAC  (ETH_PAYLOAD + 18)
#define ARP_TARGET_IP   (ETH_PAYLOAD + 24)
#define ARP_END         (ETH_PAYLOAD + 28)
#define ARP_REQUEST     1
#define ARP_REPLY       2

// RFC 791 and RFC 792.
#define IP_VERSION      ETH_PAYLOAD
#define IP_FRAGMENT     (ETH_PAYLOAD + 6)
#define IP_PROTOCOL     (ETH_PAYLOAD + 9)
#define IP_SOURCE       (ETH_PAYLOAD + 12)
#define IP_DESTINATION  (ETH_PAYLOAD + 16)
#define IP_PAYLOAD      (ETH_PAYLOAD + 20)
#define IP_PLAIN        0x45   // version 4, no options
#define IP_MORE_OR_LATER 0x3fff
#define PROTOCOL_ICMP   1
#define ICMP_TYPE       IP_PAYLOAD
#define ICMP_CHECKSUM   (IP_PAYLOAD + 2)
#define ICMP_END        (IP_PAYLOAD + 8)
#define ICMP_ECHO       8
#define ICMP_ECHO_REPLY 0

#define IP_SIZE         4

static inline uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline void put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

// 192.168.100.<last>
void put_ip(uint8_t *at, uint8_t last);

// True if these four bytes are this node's address: 192.168.100.<last byte of the MAC>.
bool is_own_ip(const uint8_t *at);

// Writes an ARP packet from this node, FRAME_MIN long.
void write_arp(uint8_t *frame, uint16_t operation, const uint8_t *target_mac, uint8_t target_last);
