# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     Two unmodified Debian guests and their traffic.
Library           String
Library           RenodeProcess.py
Resource          common.resource
Test Teardown     Run Keywords    Stop All Renodes    Test Teardown

*** Test Cases ***
Should Ping Each Other
    Boot Two Nodes
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}
    Provides    two-nodes

Should Answer Within Few Quanta
    [Documentation]    A frame leaves and arrives at the end of the quantum in which it was sent, in both of Renode's modes: a ping takes some four of 100 us.
    Requires    two-nodes
    FOR    ${mode}    IN    SynchronizedIO    SynchronizedTimers
        Execute Command    emulation Mode ${mode}
        Start In Guest    ${NODE 1}    ping -c 20 -i 0.1 ${ADDRESS 2}
        ${times}=    Wait For Line On Uart    round-trip min/avg/max = [0-9.]+/([0-9.]+)/[0-9.]+ ms    testerId=${NODE 1}    treatAsRegex=True
        Wait For Exit    ${NODE 1}
        Should Be True    ${times.Groups[0]} < 0.6    ${mode}: ${times.Groups[0]} ms
    END

Should Carry 8 MiB Over TCP Each Way
    [Tags]    rule:SPLIT-19    rule:NET-39    rule:H-30
    Requires    two-nodes
    Keep Less In Step
    Send Random Bytes    ${NODE 1}    ${NODE 2}    ${ADDRESS 2}    8
    Send Random Bytes    ${NODE 2}    ${NODE 1}    ${ADDRESS 1}    8

Should Carry 200 000 Frames
    [Documentation]    The 16-bit ring indices wrap more than three times, and no frame is lost on the way. One CPU after the other, because node1 sleeps
    ...               before each frame, and of so many timers Renode loses one in parallel execution now and then (docs/limits.md).
    [Tags]    rule:H-23    rule:SPLIT-30
    Requires    two-nodes
    Execute Command    emulation SetGlobalSerialExecution true
    Keep Less In Step
    ${before}=    Read Counter    node2    RxFrames
    Generate Frames    ${NODE 1}    200000    ${ADDRESS 2}    02:00:00:00:00:02
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    ${sent}=    Read Counter    node1    TxFrames
    ${after}=    Read Counter    node2    RxFrames
    Should Be True    ${sent} >= 200000    only ${sent} frames were sent
    Should Be True    ${after} - ${before} >= 200000    only ${after} - ${before} frames were received
    ${counted}=    Read From Guest    ${NODE 2}    cat /sys/class/net/eth0/statistics/rx_packets
    Should Be True    ${counted} >= 200000    the guest has counted only ${counted} frames

Should Survive Unbind And Bind
    [Tags]    rule:BASE-09    rule:BASE-14
    Requires    two-nodes
    FOR    ${i}    IN RANGE    3
        Run In Guest    ${NODE 1}    cd /sys/bus/virtio/drivers/virtio_net && echo virtio0 > unbind && echo virtio0 > bind && netup
        Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    END

Should Survive Remove And Rescan
    [Tags]    rule:PCI-24    rule:H-109
    Requires    two-nodes
    FOR    ${i}    IN RANGE    3
        Run In Guest    ${NODE 1}    echo 1 > /sys/bus/pci/devices/0000:00:01.0/remove && test ! -e /sys/class/net/eth0
        Run In Guest    ${NODE 1}    echo 1 > /sys/bus/pci/rescan && netup
        Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    END

Should Survive Machine Reset
    [Documentation]    Booted anew, because the reset macro lives in the monitor and not in a snapshot.
    [Tags]    rule:BASE-13    rule:H-107
    Boot Two Nodes
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    Execute Command    machine Reset    machine=node1
    Wait Until Guest Is Ready    ${NODE 1}
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}

Should Go On After Save And Load In A New Process
    [Documentation]    The snapshot is made while a ping runs. A snapshot needs the prebuilt library, hence a Renode of its own for both halves.
    [Tags]    rule:H-121
    ${snapshot}=    Set Variable    ${SCRATCH}/virtio-net.save
    ${console}=    Set Variable    ${SCRATCH}/virtio-net-console.log
    Create Directory    ${SCRATCH}
    Remove Files    ${snapshot}    ${console}*
    ${renode}=    Start Renode
    Tell Renode    ${renode}
    ...    include @${SCRIPTS}/two-nodes.resc
    ...    mach set "node1"
    ...    emulation RunFor "6"
    ...    sysbus.uart0 WriteLine "ping -i 0.1 ${ADDRESS 2}"
    ...    emulation RunFor "1"
    ...    Save @${snapshot}
    ...    quit
    Wait For Process End    ${renode}
    File Should Exist    ${snapshot}

    ${renode}=    Start Renode
    Tell Renode    ${renode}
    ...    include @${SCRIPTS}/load-plugin.resc
    ...    Load @${snapshot}
    ...    mach set "node1"
    ...    sysbus.uart0 CreateFileBackend @${console} true
    ...    emulation RunFor "2"
    ...    quit
    Wait For Process End    ${renode}
    ${text}=    Get File    ${console}
    ${seen}=    Get Regexp Matches    ${text}    seq=(\\d+)    1
    Should Be True    len(${seen}) >= 15    the ping did not go on: ${text}
    # No reply is missing: the sequence goes on where the snapshot was made.
    ${numbers}=    Evaluate    [int(x) for x in ${seen}]
    ${expected}=    Evaluate    list(range(${numbers}[0], ${numbers}[0] + len(${numbers})))
    Should Be Equal    ${numbers}    ${expected}

*** Keywords ***
Generate Frames
    [Documentation]    The kernel's packet generator, at a rate that the other guest's CPU can take.
    [Arguments]    ${node}    ${count}    ${address}    ${mac}
    Run In Guest    ${node}    cd /proc/net/pktgen && echo add_device eth0 > kpktgend_0
    FOR    ${setting}    IN    count ${count}    delay 100000    pkt_size 60    dst ${address}    dst_mac ${mac}    udp_dst_min 5001    udp_dst_max 5001
        Run In Guest    ${node}    echo ${setting} > eth0
    END
    Run In Guest    ${node}    echo start > pgctrl && grep OK eth0

Read Counter
    [Arguments]    ${machine}    ${counter}
    ${value}=    Execute Command    sysbus.pcie.net0 ${counter}    machine=${machine}
    ${number}=    Convert To Integer    ${value.strip()}
    RETURN    ${number}
