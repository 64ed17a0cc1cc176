# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     A QEMU guest and Renode's guests on one switch. QEMU runs in real time, so only what comes through is
...               checked, never how fast.
Library           QemuGuest.py
Resource          common.resource
Test Setup        Skip Unless QEMU Is Here
Test Teardown     Run Keywords    Stop QEMU Guests    Test Teardown

*** Variables ***
${ADDRESS VM}     192.168.100.9
# Not in ${SCRATCH}: the path of a socket is 107 bytes long at most.
${SOCKET}         %{TMPDIR=/tmp}/renode-vhost-user-test.sock

*** Test Cases ***
Should Ping And Carry A File Between QEMU And Renode
    Boot Node And QEMU Guest
    QEMU Guest Should Reach    ${ADDRESS 1}
    Run In Guest    ${NODE}    ping -c 5 -W 10 ${ADDRESS VM} | grep ' 0% packet loss'
    Run In QEMU Guest    ${VM}    dd if=/dev/urandom of=/tmp/file bs=64k count=8 2> /dev/null
    ${sum}=    Sum In QEMU Guest    /tmp/file
    Start In Guest    ${NODE}    nc -l -p ${PORT} > /tmp/file
    Run In QEMU Guest    ${VM}    until nc ${ADDRESS 1} ${PORT} < /tmp/file; do usleep 100000; done
    Wait For Exit    ${NODE}
    Run In Guest    ${NODE}    test $(sha256sum /tmp/file | cut -c 1-64) = ${sum}
    # And back.
    Run In QEMU Guest    ${VM}    nc -l -p ${PORT} > /tmp/back &
    Run In Guest    ${NODE}    until nc ${ADDRESS VM} ${PORT} < /tmp/file; do usleep 100000; done
    Run In QEMU Guest    ${VM}    wait
    ${returned}=    Sum In QEMU Guest    /tmp/back
    Should Be Equal    ${returned}    ${sum}
    ${sent}=    Read Port    TxBytes
    ${received}=    Read Port    RxBytes
    Should Be True    ${sent} > 512 * 1024 and ${received} > 512 * 1024

Should Ping Over Packed Rings
    [Tags]    rule:PACK-06
    Boot Node And QEMU Guest    features="+RING_PACKED"    packed=on
    QEMU Guest Should Reach    ${ADDRESS 1}
    ${features}=    Execute Command    vm0 DriverFeatures
    Should Be True    int($features.strip(), 16) & (1 << 34)    RING_PACKED was not negotiated: ${features}

Should Go On After Pause And Machine Reset
    [Documentation]    While Renode stands still, the QEMU guest has nobody to talk to; its card stays as it is.
    Boot Node And QEMU Guest
    QEMU Guest Should Reach    ${ADDRESS 1}
    Execute Command    pause
    Run In QEMU Guest    ${VM}    ! ping -c 1 -W 1 ${ADDRESS 1}
    Execute Command    start
    QEMU Guest Should Reach    ${ADDRESS 1}
    Execute Command    machine Reset
    Wait Until Guest Is Ready    ${NODE}
    QEMU Guest Should Reach    ${ADDRESS 1}

Should Come Back After Load
    [Documentation]    A snapshot keeps the port, but no connection. The QEMU guest connects to the loaded one by itself.
    Boot Node And QEMU Guest
    QEMU Guest Should Reach    ${ADDRESS 1}
    Execute Command    pause
    Execute Command    Save @${SCRATCH}/vhost-user.save
    Execute Command    Load @${SCRATCH}/vhost-user.save
    Execute Command    mach set "node"
    Execute Command    start
    QEMU Guest Should Reach    ${ADDRESS 1}
    ${running}=    Execute Command    vm0 IsRunning
    Should Contain    ${running}    True

Should Serve The Next Guest After One Was Killed
    Boot Node And QEMU Guest
    QEMU Guest Should Reach    ${ADDRESS 1}
    Stop QEMU Guests
    Boot QEMU Guest
    QEMU Guest Should Reach    ${ADDRESS 1}

Should Refuse A Path In Use
    Create Directory    ${SCRATCH}
    Execute Command    include @${SCRIPTS}/load-plugin.resc
    Execute Command    emulation CreateVhostUserPort "vm0" @${SOCKET}
    ${message}=    Run Keyword And Expect Error    *    Execute Command    emulation CreateVhostUserPort "vm1" @${SOCKET}
    Should Contain    ${message}    ${SOCKET}

Should Refuse Bad Values
    Execute Command    include @${SCRIPTS}/load-plugin.resc
    Run Keyword And Expect Error    *mtu is 10*    Execute Command    emulation CreateVhostUserPort "vm0" @${SOCKET} mtu=10
    Run Keyword And Expect Error    *queuePairs is 0*    Execute Command    emulation CreateVhostUserPort "vm0" @${SOCKET} queuePairs=0
    Run Keyword And Expect Error    *NO_SUCH*    Execute Command    emulation CreateVhostUserPort "vm0" @${SOCKET} features="+NO_SUCH"

*** Keywords ***
Boot Node And QEMU Guest
    [Arguments]    ${port options}=${EMPTY}    ${device options}=${EMPTY}
    Create Directory    ${SCRATCH}
    Create One Node
    Execute Command    emulation CreateSwitch "switch"
    Execute Command    emulation CreateVhostUserPort "vm0" @${SOCKET} ${port options}
    Execute Command    connector Connect sysbus.pcie.net0 switch
    Execute Command    connector Connect vm0 switch
    Start Emulation
    Wait Until Guest Is Ready    ${NODE}
    Boot QEMU Guest    ${device options}

Boot QEMU Guest
    [Arguments]    ${device options}=${EMPTY}
    ${guest}=    Start QEMU Guest    ${GUEST}    ${SOCKET}    02:00:00:00:00:09    ${device options}
    Set Test Variable    ${VM}    ${guest}

Sum In QEMU Guest
    [Arguments]    ${file}
    ${output}=    Run In QEMU Guest    ${VM}    sha256sum ${file}
    ${sum}=    Evaluate    re.search('[0-9a-f]{64}', $output)[0]    re
    RETURN    ${sum}

Read Port
    [Arguments]    ${counter}
    ${table}=    Execute Command    vm0 GetCounters
    ${value}=    Evaluate    int(re.search(r'${counter}\\W+(\\d+)', $table)[1])    re
    RETURN    ${value}

QEMU Guest Should Reach
    [Arguments]    ${address}
    # It may take a while until its card is connected again.
    Run In QEMU Guest    ${VM}    until ping -c 1 -W 5 ${address}; do :; done
    ${output}=    Run In QEMU Guest    ${VM}    ping -c 5 -W 10 ${address}
    Should Contain    ${output}    5 packets received
