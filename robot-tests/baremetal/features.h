// renode-virtio-net, MIT licence: see LICENSE.
// Feature bits that this program knows. virtio v1.4-cs01: 5.1.3 and 6.
#pragma once

#include <stdint.h>

#define VIRTIO_NET_F_MAC           (1ull << 5)
#define VIRTIO_NET_F_MRG_RXBUF     (1ull << 15)
#define VIRTIO_NET_F_STATUS        (1ull << 16)
#define VIRTIO_F_ANY_LAYOUT        (1ull << 27) // legacy only
#define VIRTIO_F_INDIRECT_DESC     (1ull << 28)
#define VIRTIO_F_EVENT_IDX         (1ull << 29)
#define VIRTIO_F_VERSION_1         (1ull << 32)
#define VIRTIO_F_RING_PACKED       (1ull << 34)
#define VIRTIO_F_IN_ORDER          (1ull << 35)
#define VIRTIO_F_NOTIFICATION_DATA (1ull << 38)
#define VIRTIO_F_NOTIF_CONFIG_DATA (1ull << 39)
#define VIRTIO_F_RING_RESET        (1ull << 40)

#define FEATURES_KNOWN \
    (VIRTIO_NET_F_MAC | VIRTIO_NET_F_MRG_RXBUF | VIRTIO_NET_F_STATUS | VIRTIO_F_ANY_LAYOUT | \
     VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX | VIRTIO_F_VERSION_1 | VIRTIO_F_RING_PACKED | VIRTIO_F_IN_ORDER | \
     VIRTIO_F_NOTIFICATION_DATA | VIRTIO_F_NOTIF_CONFIG_DATA | VIRTIO_F_RING_RESET)
