# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     Ways out of a network: the host's own by passt, QEMU guests at sockets. The partners run in real time, so only what
...               comes through is checked, never how fast. No test needs a right that an ordinary user has not.
Library           HostServices.py
Library           QemuGuest.py
Resource          common.resource
Test Teardown     Run Keywords    Stop QEMU Guests    Stop Host Services    Test Teardown

*** Variables ***
${EXAMPLES}       ${CURDIR}/../examples
${ADDRESS VM}     192.168.100.9
# Not in ${SCRATCH}: the path of a socket is 107 bytes long at most.
${SOCKET}         %{TMPDIR=/tmp}/renode-outside-test.sock

*** Test Cases ***
Should Reach The Host By Passt
    [Documentation]    The example as its page tells: an address by DHCP, a server of the host's, and a forward from the host.
    Skip Unless Passt Is Here
    ${sum}=    Make File
    ${server}=    Serve Folder    ${SCRATCH}
    ${forward}=    Free Port
    Execute Command    $forwards="tcp-ports=${forward}:${PORT}"
    Boot    host-access
    ${router}=    Ask For An Address
    Run In Guest    ${NODE}    wget -q -O /tmp/file http://${router}:${server}/file
    File In Guest Should Be    /tmp/file    ${sum}
    Start In Guest    ${NODE}    nc -l -p ${PORT} > /tmp/back
    # The port is open once somebody is there.
    Sleep    2s
    Send File To Port    ${SCRATCH}/file    ${forward}
    Wait For Exit    ${NODE}
    File In Guest Should Be    /tmp/back    ${sum}
    Ping If The Host Lets Passt    ${router}
    ${status}=    Execute Command    passt GetStatus
    Should Match Regexp    ${status}    Partner *\\|passt runs
    Should Match Regexp    ${status}    Pace *\\|[0-9.]+ virtual seconds in a real one

Should Give Addresses Again After Load
    [Documentation]    A snapshot keeps the port, and starts another passt.
    Skip Unless Passt Is Here
    Execute Command    $forwards="map-gw=off"
    Boot    host-access
    ${router}=    Ask For An Address
    Execute Command    pause
    Execute Command    Save @${SCRATCH}/outside.save
    Execute Command    Load @${SCRATCH}/outside.save
    Execute Command    mach set "node"
    ${node}=    Create Terminal Tester    sysbus.uart0    machine=node    timeout=${GUEST_TIMEOUT}
    Set Suite Variable    ${NODE}    ${node}
    Execute Command    start
    ${again}=    Ask For An Address
    Should Be Equal    ${again}    ${router}

Should Say What To Do Without Passt
    Execute Command    include @${SCRIPTS}/load-plugin.resc
    ${message}=    Run Keyword And Expect Error    *    Execute Command    emulation CreatePasst "passt" words="path=/nowhere/passt"
    Should Contain    ${message}    /nowhere/passt cannot be started
    Should Contain    ${message}    install the package passt

Should Carry A File To A QEMU Guest By Stream
    [Documentation]    The example as its page tells, both ways, over a pause, and with the next QEMU once the first has gone.
    Skip Unless QEMU Is Here
    Execute Command    $words="server=on,addr.type=unix,addr.path=${SOCKET}"
    Boot    qemu-by-stream
    Boot QEMU Guest    stream,server=off,addr.type=unix,addr.path=${SOCKET}
    QEMU Guest Should Reach The Node
    Carry A File Both Ways
    Execute Command    pause
    Run In QEMU Guest    ${VM}    ! ping -c 1 -W 1 ${ADDRESS 1}
    ${counters}=    Execute Command    qemu GetCounters
    Should Match Regexp    ${counters}    DropReceivedLinkDown *\\|[1-9]
    Execute Command    start
    QEMU Guest Should Reach The Node
    Stop QEMU Guests
    Boot QEMU Guest    stream,server=off,addr.type=unix,addr.path=${SOCKET}
    QEMU Guest Should Reach The Node

Should Find A Listening QEMU Again After Load
    Skip Unless QEMU Is Here
    Execute Command    $words="addr.type=unix,addr.path=${SOCKET},reconnect-ms=100"
    Boot    qemu-by-stream
    Boot QEMU Guest    stream,server=on,addr.type=unix,addr.path=${SOCKET}
    QEMU Guest Should Reach The Node
    Execute Command    pause
    Execute Command    Save @${SCRATCH}/outside.save
    Execute Command    Load @${SCRATCH}/outside.save
    Execute Command    mach set "node"
    Execute Command    start
    QEMU Guest Should Reach The Node

Should Ping A QEMU Guest By Datagrams
    Skip Unless QEMU Is Here
    Create One Node
    Execute Command    emulation CreateSwitch "switch"
    Execute Command    connector Connect sysbus.pcie.net0 switch
    Execute Command    emulation CreateDatagramPort "qemu" "local.type=unix,local.path=${SOCKET},remote.type=unix,remote.path=${SOCKET}2" switch
    Start Emulation
    Wait Until Guest Is Ready    ${NODE}
    Boot QEMU Guest    dgram,local.type=unix,local.path=${SOCKET}2,remote.type=unix,remote.path=${SOCKET}
    QEMU Guest Should Reach The Node

*** Keywords ***
Boot
    [Arguments]    ${example}
    Create Directory    ${SCRATCH}
    Execute Command    include @${EXAMPLES}/${example}/${example}.resc
    ${node}=    Create Terminal Tester    sysbus.uart0    machine=node    timeout=${GUEST_TIMEOUT}
    Set Suite Variable    ${NODE}    ${node}
    Start Emulation
    Wait Until Guest Is Ready    ${node}

Ask For An Address
    [Documentation]    By DHCP; returns the router's address.
    Start In Guest    ${NODE}    dhcp
    ${lease}=    Wait For Line On Uart    guest: eth0 [0-9.]+/[0-9]+ router ([0-9.]+)    testerId=${NODE}    treatAsRegex=True
    Wait For Exit    ${NODE}
    RETURN    ${lease.Groups[0]}

Make File
    [Documentation]    8 MiB at random, on the host; returns the checksum.
    Create Directory    ${SCRATCH}
    ${bytes}=    Evaluate    os.urandom(8 << 20)    modules=os
    Create Binary File    ${SCRATCH}/file    ${bytes}
    ${sum}=    Evaluate    hashlib.sha256($bytes).hexdigest()    modules=hashlib
    RETURN    ${sum}

File In Guest Should Be
    [Arguments]    ${file}    ${sum}
    Run In Guest    ${NODE}    test $(sha256sum ${file} | cut -c 1-64) = ${sum}

Ping If The Host Lets Passt
    [Documentation]    passt, which goes on as nobody for root, needs a group that may open sockets for ICMP.
    [Arguments]    ${router}
    ${groups}=    Get File    /proc/sys/net/ipv4/ping_group_range
    ${may}=    Evaluate    int($groups.split()[0]) <= 0 and int($groups.split()[1]) >= 65534
    IF    ${may}
        Run In Guest    ${NODE}    ping -c 5 -W 10 ${router}
    END

Boot QEMU Guest
    [Arguments]    ${netdev}
    ${guest}=    Start QEMU Guest At    ${GUEST}    ${netdev}    02:00:00:00:00:09
    Set Test Variable    ${VM}    ${guest}

QEMU Guest Should Reach The Node
    Run In QEMU Guest    ${VM}    until ping -c 1 -W 5 ${ADDRESS 1}; do :; done
    ${output}=    Run In QEMU Guest    ${VM}    ping -c 5 -W 10 ${ADDRESS 1}
    Should Contain    ${output}    5 packets received

Carry A File Both Ways
    Run In QEMU Guest    ${VM}    dd if=/dev/urandom of=/tmp/file bs=1M count=8 2> /dev/null
    ${output}=    Run In QEMU Guest    ${VM}    sha256sum /tmp/file
    ${sum}=    Evaluate    re.search('[0-9a-f]{64}', $output)[0]    re
    Start In Guest    ${NODE}    nc -l -p ${PORT} > /tmp/file
    Run In QEMU Guest    ${VM}    until nc ${ADDRESS 1} ${PORT} < /tmp/file; do usleep 100000; done
    Wait For Exit    ${NODE}
    File In Guest Should Be    /tmp/file    ${sum}
    Run In QEMU Guest    ${VM}    nc -l -p ${PORT} > /tmp/back &
    Run In Guest    ${NODE}    until nc ${ADDRESS VM} ${PORT} < /tmp/file; do usleep 100000; done
    Run In QEMU Guest    ${VM}    wait; test $(sha256sum /tmp/back | cut -c 1-64) = ${sum}
