# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     Debian's kernels other than the default one: each arm64 guest that scripts/build-guest.sh --suite has made.
Resource          common.resource

*** Test Cases ***
Should Ping With Kernels Of Other Suites
    [Documentation]    From 6.19 on a Debian kernel comes in three packages, before that in one.
    [Tags]    rule:F-31
    ${guests}=    Evaluate    sorted(os.path.dirname(x) for x in glob.glob(r'${GUEST}-*/Image'))    modules=glob, os
    Skip If    not ${guests}    there is no guest with another kernel; scripts/build-guest.sh --suite trixie-backports makes one
    FOR    ${guest}    IN    @{guests}
        Reset Emulation
        # All four, because variables of the guest before stay.
        Execute Command    $guest=@${guest}
        Execute Command    $kernel=@${guest}/Image
        Execute Command    $initrd=@${guest}/initramfs.cpio.gz
        Execute Command    $dtb=@${guest}/board.dtb
        Boot Two Nodes
        ${release}=    Read From Guest    ${NODE 1}    uname -r
        Log    ${guest} has booted ${release}    console=True
        Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
        Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}
        ${number}=    Evaluate    [int(x) for x in re.match(r'(\\d+)\\.(\\d+)', $release.strip()).groups()]    modules=re
        Set Suite Variable    ${NODE}    ${NODE 1}
        IF    ${number} >= [6, 8]    Queue Should Have Moderation Of Its Own
        IF    ${number} >= [6, 11]    Statistics Should Be Those Of The Card
        IF    ${number} >= [6, 17]    Tunnels Should Be Left To The Card
    END

*** Keywords ***
Queue Should Have Moderation Of Its Own
    [Documentation]    And answers of a ping wait as long as it says.
    Run In Guest    ${NODE}    ethtool -Q eth0 queue_mask 1 --coalesce rx-usecs 20000 rx-frames 20
    Value In Guest Should Be    ethtool -Q eth0 queue_mask 1 --show-coalesce | grep -c 'rx-usecs: 20000\\|rx-frames: 20'    2
    ${slow}=    Read From Guest    ${NODE}    ping -c 5 -i 0.2 ${ADDRESS 2} | awk -F'[=/ ]+' '/round-trip/ { print ($7 >= 19) }'
    Should Be Equal    ${slow.strip()}    1
    Run In Guest    ${NODE}    ethtool -Q eth0 queue_mask 1 --coalesce rx-usecs 0 rx-frames 0

Statistics Should Be Those Of The Card
    ${told}=    Read From Guest    ${NODE}    ethtool -S eth0 | awk '/ (rx|tx)0_hw_(packets|bytes):/ { printf "%s ", $2 }'
    ${card}=    Execute Command    sysbus.pcie.net0 GetCounters    machine=node1
    FOR    ${number}    ${counter}    IN ZIP    ${told.split()}    ${{['RxFrames', 'RxBytes', 'TxFrames', 'TxBytes']}}
        Should Match Regexp    ${card}    ${counter} *\\|${number}\\b
    END

Tunnels Should Be Left To The Card
    [Documentation]    Both directions, with their checksums: bits 65 to 68, in the third word of features.
    ${features}=    Execute Command    sysbus.pcie.net0 DriverFeatures    machine=node1
    Should Match Regexp    ${features}    ^0x1e[0-9a-f]{16}
    Value In Guest Should Be    ethtool -k eth0 | grep -c 'tx-udp_tnl-segmentation: on\\|tx-udp_tnl-csum-segmentation: on'    2
