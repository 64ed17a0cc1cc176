# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     What an unmodified Debian guest sets through the control queue of its card, with the tools of its users: ip, ethtool.
Library           String
Resource          common.resource

*** Variables ***
${PLATFORMS}      ${CURDIR}/../platforms
${STRANGER}       192.168.100.77

*** Test Cases ***
Should Set What Linux Wants When An Interface Comes Up
    [Documentation]    The guest has accepted every feature; it is not promiscuous, and listens to the groups that it is in.
    [Tags]    rule:NET-91    rule:NET-107    rule:NET-108
    Boot Two Nodes With Card    queuePairs: 4
    Filter Should Be    Receive modes    none
    Filter Should Be    Address    02:00:00:00:00:01
    Filter Should Match    Multicast    33:33:00:00:00:01.*01:00:5e:00:00:01|01:00:5e:00:00:01.*33:33:00:00:00:01
    Filter Should Be    VLANs    none
    Filter Should Be    Receive offloads    GUEST_CSUM GUEST_TSO4 GUEST_TSO6 GUEST_ECN GUEST_UFO
    Filter Should Be    Pairs of queues    1 of 4
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    Provides    two-nodes

Should Get Frames Of Strangers In Promiscuous Mode
    [Documentation]    The neighbour sends to an address that nobody has, and the switch passes that on to all.
    [Tags]    rule:NET-91    rule:NET-92    rule:NET-107
    Requires    two-nodes
    Run In Guest    ${NODE 2}    arp -s ${STRANGER} 02:00:00:00:00:77
    Run In Guest    ${NODE 2}    ! ping -c 3 -i 0.2 -W 1 ${STRANGER}
    ${dropped}=    Count    RxDropOtherAddress
    Should Be True    ${dropped} >= 3
    Run In Guest    ${NODE 1}    ip link set eth0 promisc on
    Filter Should Be    Receive modes    PROMISC
    ${dropped}=    Count    RxDropOtherAddress
    Run In Guest    ${NODE 2}    ! ping -c 3 -i 0.2 -W 1 ${STRANGER}
    ${after}=    Count    RxDropOtherAddress
    Should Be Equal    ${after}    ${dropped}
    Run In Guest    ${NODE 1}    ip link set eth0 promisc off
    Filter Should Be    Receive modes    none

Should Get The Groups That It Is In
    [Tags]    rule:NET-94    rule:NET-105    rule:NET-108
    Requires    two-nodes
    ${dropped}=    Count    RxDropOtherAddress
    Run In Guest    ${NODE 2}    ! ping -I eth0 -c 3 -i 0.2 -W 1 224.0.1.77
    ${after}=    Count    RxDropOtherAddress
    Should Be True    ${after} >= ${dropped} + 3
    Run In Guest    ${NODE 1}    ifconfig eth0 allmulti
    Filter Should Be    Receive modes    ALLMULTI
    ${after}=    Count    RxDropOtherAddress
    Run In Guest    ${NODE 2}    ! ping -I eth0 -c 3 -i 0.2 -W 1 224.0.1.77
    ${last}=    Count    RxDropOtherAddress
    Should Be Equal    ${last}    ${after}
    Run In Guest    ${NODE 1}    ifconfig eth0 -allmulti
    # An IPv6 address brings its group with it.
    Run In Guest    ${NODE 1}    ip addr add fe80::12:3456/64 dev eth0
    Filter Should Match    Multicast    .*33:33:ff:12:34:56
    Run In Guest    ${NODE 1}    ip addr del fe80::12:3456/64 dev eth0
    ${table}=    Filter    Multicast
    Should Not Contain    ${table}    33:33:ff:12:34:56

Should Change Its Address
    [Tags]    rule:NET-106
    Requires    two-nodes
    Run In Guest    ${NODE 1}    ip link set eth0 address 02:00:00:00:00:99
    ${address}=    Execute Command    sysbus.pcie.net0 MAC    machine=node1
    Should Be Equal    ${address.strip()}    02:00:00:00:00:99
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    Run In Guest    ${NODE 1}    ip link set eth0 address 02:00:00:00:00:01
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}

Should Be In The VLANs That It Adds
    [Tags]    rule:NET-110    rule:NET-111
    Requires    two-nodes
    FOR    ${number}    ${node}    IN    1    ${NODE 1}    2    ${NODE 2}
        Run In Guest    ${node}    while read -r module; do insmod /lib/modules/$module.ko; done < /lib/modules.spare
        Run In Guest    ${node}    ip link add link eth0 name eth0.5 type vlan id 5 && ip addr add 192.168.105.${number}/24 dev eth0.5 && ip link set eth0.5 up
    END
    Filter Should Match    VLANs    .*\\b5
    Ping Should Lose Nothing    ${NODE 2}    192.168.105.1
    Run In Guest    ${NODE 1}    ip link del eth0.5
    ${vlans}=    Filter    VLANs
    Should Not Contain    ${vlans}    5
    ${dropped}=    Count    RxDropOtherVlan
    Run In Guest    ${NODE 2}    ! ping -c 3 -i 0.2 -W 1 192.168.105.1
    ${after}=    Count    RxDropOtherVlan
    Should Be True    ${after} >= ${dropped} + 3
    Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}

Should Switch Its Receive Offloads
    [Tags]    rule:NET-131
    Requires    two-nodes
    Run In Guest    ${NODE 1}    ethtool -K eth0 rx-gro-hw off
    Filter Should Be    Receive offloads    GUEST_CSUM
    Keep Less In Step
    Send Random Bytes    ${NODE 2}    ${NODE 1}    ${ADDRESS 1}    1
    Run In Guest    ${NODE 1}    ethtool -K eth0 rx-gro-hw on
    Filter Should Be    Receive offloads    GUEST_CSUM GUEST_TSO4 GUEST_TSO6 GUEST_ECN GUEST_UFO
    Send Random Bytes    ${NODE 2}    ${NODE 1}    ${ADDRESS 1}    1

Should Use The Pairs Of Queues That It Is Told
    [Documentation]    Each queue has an interrupt of its own.
    [Tags]    rule:NET-01    rule:NET-02    rule:NET-115    rule:PCI-68
    Requires    two-nodes
    Set Suite Variable    ${NODE}    ${NODE 1}
    Value In Guest Should Be    ethtool -l eth0 | grep -c 'Combined:.4'    1
    Value In Guest Should Be    grep -c 'virtio0-[io][nu]t*put' /proc/interrupts    8
    FOR    ${pairs}    IN    4    2    1
        Run In Guest    ${NODE 1}    ethtool -L eth0 combined ${pairs}
        Filter Should Be    Pairs of queues    ${pairs} of 4
        Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
        Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}
        Send Random Bytes    ${NODE 1}    ${NODE 2}    ${ADDRESS 2}    1
        Send Random Bytes    ${NODE 2}    ${NODE 1}    ${ADDRESS 1}    1
    END

Should Spread Packets By The Table That It Is Told
    [Documentation]    Of four pairs, the guest lets the first two have everything, and then the last one alone.
    [Tags]    rule:NET-125    rule:NET-08    rule:NET-09
    Requires    two-nodes
    Set Suite Variable    ${NODE}    ${NODE 1}
    Run In Guest    ${NODE 1}    ethtool -L eth0 combined 4
    Value In Guest Should Be    ethtool -x eth0 | grep -c '^ *[0-9]*: '    16
    Run In Guest    ${NODE 1}    ethtool -X eth0 weight 0 0 0 1
    Value In Guest Should Be    ethtool -x eth0 | grep -c '^ *[0-9]*: *3 *3 *3 *3 *3 *3 *3 *3'    16
    ${first}=    Interrupts Of    input.3
    ${others}=    Interrupts Of    input.[012]
    Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}
    Send Random Bytes    ${NODE 2}    ${NODE 1}    ${ADDRESS 1}    1
    ${last}=    Interrupts Of    input.3
    Should Be True    ${last} > ${first}
    ${after}=    Interrupts Of    input.[012]
    # Frames that are not of IP go to the first queue.
    Should Be True    ${after} <= ${others} + 10
    Run In Guest    ${NODE 1}    ethtool -X eth0 equal 4
    Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}
    # Linux lets nobody take away pairs that a user's own table names.
    Run In Guest    ${NODE 1}    ethtool -X eth0 default
    Run In Guest    ${NODE 1}    ethtool -L eth0 combined 1

Should Wait With Interrupts As Long As It Is Told
    [Documentation]    Answers of a ping come one by one: each waits for its time then, and none is lost.
    [Tags]    rule:NET-141    rule:NET-140
    Requires    two-nodes
    Set Suite Variable    ${NODE}    ${NODE 1}
    Run In Guest    ${NODE 1}    ethtool -C eth0 tx-frames 1 rx-usecs 20000 rx-frames 64
    Value In Guest Should Be    ethtool -c eth0 | grep -c 'rx-usecs:.20000\\|rx-frames:.64'    2
    # Two directions with 20 milliseconds at one end.
    ${slow}=    Read From Guest    ${NODE 1}    ping -c 5 -i 0.2 ${ADDRESS 2} | awk -F'[=/ ]+' '/round-trip/ { print ($7 >= 19 && $7 < 45) }'
    Should Contain    ${slow}    1
    Run In Guest    ${NODE 1}    ethtool -C eth0 tx-frames 1 rx-usecs 0 rx-frames 0
    ${fast}=    Read From Guest    ${NODE 1}    ping -c 5 -i 0.2 ${ADDRESS 2} | awk -F'[=/ ]+' '/round-trip/ { print ($7 < 19) }'
    Should Contain    ${fast}    1

Should Announce Itself On Command And After The Link Came Up
    [Documentation]    The neighbour learns an address that it would not know otherwise: it has another one in its table.
    [Tags]    rule:NET-17    rule:NET-112
    Requires    two-nodes
    Neighbour Should Know    02:00:00:00:00:01
    Run In Guest    ${NODE 1}    ip link set eth0 address 02:00:00:00:00:99
    Neighbour Should Know    02:00:00:00:00:01    refresh=${False}
    Execute Command    sysbus.pcie.net0 Announce    machine=node1
    Wait Until Neighbour Knows    02:00:00:00:00:99
    Value In Guest Should Be    cat /sys/class/net/eth0/carrier    1
    Run In Guest    ${NODE 1}    ip link set eth0 address 02:00:00:00:00:98
    Neighbour Should Know    02:00:00:00:00:99    refresh=${False}
    Execute Command    sysbus.pcie.net0 LinkUp false    machine=node1
    Value In Guest Should Be    cat /sys/class/net/eth0/carrier    0
    Execute Command    sysbus.pcie.net0 LinkUp true    machine=node1
    Wait Until Neighbour Knows    02:00:00:00:00:98

Should Announce Itself After Load
    [Documentation]    What was set before is still set.
    [Tags]    rule:NET-17    rule:H-121
    Requires    two-nodes
    Neighbour Should Know    02:00:00:00:00:01
    Run In Guest    ${NODE 1}    ethtool -L eth0 combined 3
    Run In Guest    ${NODE 1}    ip link set eth0 address 02:00:00:00:00:97
    Neighbour Should Know    02:00:00:00:00:01    refresh=${False}
    Execute Command    sysbus.pcie.net0 AnnounceAfterLoad true    machine=node1
    ${filters}=    Execute Command    sysbus.pcie.net0 GetFilters    machine=node1
    Execute Command    pause
    Create Directory    ${SCRATCH}
    Execute Command    Save @${SCRATCH}/control.save
    Execute Command    Load @${SCRATCH}/control.save
    ${node1}=    Create Terminal Tester    sysbus.uart0    machine=node1    timeout=${GUEST_TIMEOUT}
    ${node2}=    Create Terminal Tester    sysbus.uart0    machine=node2    timeout=${GUEST_TIMEOUT}
    Set Suite Variable    ${NODE 1}    ${node1}
    Set Suite Variable    ${NODE 2}    ${node2}
    ${loaded}=    Execute Command    sysbus.pcie.net0 GetFilters    machine=node1
    Should Be Equal    ${loaded}    ${filters}
    Execute Command    start
    Wait Until Neighbour Knows    02:00:00:00:00:97
    Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}

Should Use Several Pairs Of Queues Over MMIO
    [Tags]    rule:NET-01    rule:NET-115
    ${board}=    Set Variable    ${SCRATCH}/mmio.repl
    ${ordinary}=    Normalize Path    ${PLATFORMS}/arm64-virt-mmio.repl
    Create File    ${board}    using "${ordinary}"\n\nnet0:\n${SPACE * 4}queuePairs: 4\n
    Execute Command    $platform=@${board}
    Execute Command    include @${SCRIPTS}/mmio-nodes.resc
    ${node1}=    Create Terminal Tester    sysbus.uart0    machine=node1    timeout=${GUEST_TIMEOUT}
    ${node2}=    Create Terminal Tester    sysbus.uart0    machine=node2    timeout=${GUEST_TIMEOUT}
    Set Suite Variable    ${NODE 1}    ${node1}
    Set Suite Variable    ${NODE 2}    ${node2}
    Start Emulation
    Wait Until Guest Is Ready    ${NODE 1}
    Wait Until Guest Is Ready    ${NODE 2}
    FOR    ${pairs}    IN    4    1
        Run In Guest    ${NODE 1}    ethtool -L eth0 combined ${pairs}
        Filter Should Be    Pairs of queues    ${pairs} of 4    card=sysbus.net0
        Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
        Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}
        Send Random Bytes    ${NODE 1}    ${NODE 2}    ${ADDRESS 2}    1
    END

*** Keywords ***
Filter
    [Documentation]    What the first node's card says of a setting.
    [Arguments]    ${setting}    ${card}=sysbus.pcie.net0
    ${table}=    Execute Command    ${card} GetFilters    machine=node1
    ${rows}=    Get Regexp Matches    ${table}    (?m)${setting} *\\|([^|\\r\\n]*)    1
    Should Not Be Empty    ${rows}    ${table}
    RETURN    ${rows[0].strip()}

Filter Should Be
    [Arguments]    ${setting}    ${expected}    ${card}=sysbus.pcie.net0
    ${value}=    Filter    ${setting}    ${card}
    Should Be Equal    ${value}    ${expected}

Filter Should Match
    [Arguments]    ${setting}    ${pattern}
    ${value}=    Filter    ${setting}
    Should Match Regexp    ${value}    ${pattern}

Count
    [Arguments]    ${counter}
    ${table}=    Execute Command    sysbus.pcie.net0 GetCounters    machine=node1
    ${rows}=    Get Regexp Matches    ${table}    ${counter} *\\|(\\d+)    1
    ${count}=    Convert To Integer    ${rows[0]}
    RETURN    ${count}

Interrupts Of
    [Documentation]    How many interrupts the queues have had whose names match.
    [Arguments]    ${queues}
    ${count}=    Read From Guest    ${NODE 1}    awk '/virtio0-${queues}$/ { sum += $2 } END { print "=" sum "=" }' /proc/interrupts
    ${numbers}=    Get Regexp Matches    ${count}    =(\\d+)=    1
    ${number}=    Convert To Integer    ${numbers[-1]}
    RETURN    ${number}

Neighbour Should Know
    [Documentation]    The second node's table of neighbours; a ping fills it first.
    [Arguments]    ${address}    ${refresh}=${True}
    IF    ${refresh}    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    ${known}=    Read From Guest    ${NODE 2}    grep "^${ADDRESS 1} " /proc/net/arp
    Should Contain    ${known}    ${address}

Wait Until Neighbour Knows
    [Arguments]    ${address}
    Run In Guest    ${NODE 2}    until grep "^${ADDRESS 1} .*${address}" /proc/net/arp > /dev/null; do usleep 50000; done
