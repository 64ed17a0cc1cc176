*** Settings ***
Documentation     Two unmodified Debian guests and their traffic.
Library           RenodeProcess.py
Resource          common.resource
Test Teardown     Run Keywords    Stop All Renodes    Test Teardown

*** Variables ***
${PORT}           5000

*** Test Cases ***
Should Ping Each Other
    Boot Two Nodes
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}
    Provides    two-nodes

Should Carry 8 MiB Over TCP Each Way
    [Tags]    rule:SPLIT-19    rule:NET-39    rule:H-30
    Requires    two-nodes
    Send Random Bytes    ${NODE 1}    ${NODE 2}    ${ADDRESS 2}    8
    Send Random Bytes    ${NODE 2}    ${NODE 1}    ${ADDRESS 1}    8

Should Carry 200 000 Frames
    [Documentation]    The 16-bit ring indices wrap more than three times.
    [Tags]    rule:H-23    rule:SPLIT-30
    Requires    two-nodes
    Run In Guest    ${NODE 1}    truncate -s 300M /tmp/zeros
    Start In Guest    ${NODE 2}    nc -l -p ${PORT} > /dev/null
    # 200,000 segments of 1,448 bytes and some.
    Connect And Send    ${NODE 1}    ${ADDRESS 2}    /tmp/zeros    timeout=600
    Wait For Exit    ${NODE 2}
    ${sent}=    Read Counter    node1    TxFrames
    ${received}=    Read Counter    node2    RxFrames
    Should Be True    ${sent} > 200000    only ${sent} frames were sent
    Should Be True    ${received} > 200000    only ${received} frames were received
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}

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
    [Tags]    rule:BASE-13    rule:H-107
    Requires    two-nodes
    Execute Command    machine Reset    machine=node1
    Wait Until Guest Is Ready    ${NODE 1}
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}

Should Go On After Save And Load In A New Process
    [Documentation]    The snapshot is made while a ping runs. A snapshot needs the prebuilt library, hence a Renode of its own for both halves.
    [Tags]    rule:H-121
    ${snapshot}=    Set Variable    ${TEMPDIR}/virtio-net.save
    ${console}=    Set Variable    ${TEMPDIR}/virtio-net-console.log
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
    @{replies}=    Get Lines Containing String    ${text}    64 bytes from ${ADDRESS 2}
    ${seen}=    Get Regexp Matches    ${text}    seq=(\\d+)    1
    Should Be True    len(${seen}) >= 15    the ping did not go on: ${text}
    # No reply is missing: the sequence goes on where the snapshot was made.
    ${numbers}=    Evaluate    [int(x) for x in ${seen}]
    ${expected}=    Evaluate    list(range(${numbers}[0], ${numbers}[0] + len(${numbers})))
    Should Be Equal    ${numbers}    ${expected}

*** Keywords ***
Send Random Bytes
    [Arguments]    ${from}    ${to}    ${address}    ${mebibytes}
    Run In Guest    ${from}    dd if=/dev/urandom of=/tmp/random bs=1M count=${mebibytes} 2> /dev/null
    ${sent}=    Read From Guest    ${from}    sha256sum < /tmp/random
    Start In Guest    ${to}    nc -l -p ${PORT} > /tmp/received
    Connect And Send    ${from}    ${address}    /tmp/random
    Wait For Exit    ${to}
    ${received}=    Read From Guest    ${to}    sha256sum < /tmp/received
    Should Be Equal    ${received}    ${sent}

Connect And Send
    [Documentation]    Tries until the other side listens; a refused connection has taken nothing from the file.
    [Arguments]    ${node}    ${address}    ${file}    ${timeout}=${GUEST_TIMEOUT}
    Run In Guest    ${node}    until nc ${address} ${PORT} < ${file}; do usleep 10000; done    timeout=${timeout}

Read Counter
    [Arguments]    ${machine}    ${counter}
    ${value}=    Execute Command    sysbus.pcie.net0 ${counter}    machine=${machine}
    ${number}=    Convert To Integer    ${value.strip()}
    RETURN    ${number}
