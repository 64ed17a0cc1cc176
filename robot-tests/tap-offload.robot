# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     A guest and the host's kernel exchange packets whole through a TAP port of a network of our own, in a network namespace of
...               the test's own.
Library           Process
Library           RenodeProcess.py
Resource          common.resource
Suite Setup       Run Keywords    Setup    Skip Unless Tap Can Be Made
Test Teardown     Run Keywords    Stop All Renodes    Terminate All Processes    Remove Namespace    Test Teardown

*** Variables ***
${HOST ADDRESS}   192.168.100.254

*** Test Cases ***
Should Carry Files Between Guest And Host In Large Packets
    [Documentation]    8 MiB each way, by checksum. Frames of a wire have 1514 bytes at most.
    Start Node
    In Namespace    ping -c 5 -i 0.2 -W 10 ${ADDRESS 1}
    ${sum}=    Make File
    Start Process    ip    netns    exec    ${NAMESPACE}    python3    -m    http.server    ${PORT}    --bind    ${HOST ADDRESS}    cwd=${SCRATCH}
    Type    until wget -q -O /tmp/file http://${HOST ADDRESS}:${PORT}/file; do usleep 100000; done; echo SUM:$(sha256sum /tmp/file)
    Wait For Text In File    ${CONSOLE}    SUM:${sum}
    Packets Of The Host Should Be Large
    Type    nc -l -p ${PORT} < /tmp/file
    # The guest's console says nothing when the port is open, so the host tries until it is.
    Host    for i in $(seq 100); do ip netns exec ${NAMESPACE} bash -c 'sha256sum < /dev/tcp/${ADDRESS 1}/${PORT}' 2> /dev/null | grep -q ${sum} && exit 0; sleep 0.1; done; exit 1

Should Open The Interface Again After Load
    [Documentation]    The interface is Renode's own here, and goes with the emulation that is replaced; its address has to be given again.
    Start Node
    In Namespace    ping -c 1 -W 10 ${ADDRESS 1}
    Tell Renode    ${RENODE}    pause    Save @${SCRATCH}/tap.save    Clear    logFile @${SCRATCH}/gone.log    log "cleared"
    Wait For Text In File    ${SCRATCH}/gone.log    cleared
    Host    ! ip netns exec ${NAMESPACE} ip link show tap0
    Tell Renode    ${RENODE}    Load @${SCRATCH}/tap.save    start
    Host    for i in $(seq 300); do ip netns exec ${NAMESPACE} ip link show tap0 > /dev/null 2>&1 && exit 0; sleep 0.1; done; exit 1
    Give Address
    In Namespace    ping -c 5 -i 0.2 -W 10 ${ADDRESS 1}

*** Keywords ***
Start Node
    Create Directory    ${SCRATCH}
    Set Test Variable    ${CONSOLE}    ${SCRATCH}/console.log
    Remove File    ${CONSOLE}
    Remove File    ${SCRATCH}/gone.log
    Host    ip netns add ${NAMESPACE}
    ${renode}=    Start Renode    ip    netns    exec    ${NAMESPACE}
    Set Test Variable    ${RENODE}    ${renode}
    Tell Renode    ${renode}
    ...    include @${SCRIPTS}/load-plugin.resc
    ...    emulation CreateNetwork "net"
    ...    emulation CreateTapPort "tap" "tap0" net
    ...    include @${SCRIPTS}/arm64-node.resc
    ...    connector Connect sysbus.pcie.net0 net
    ...    sysbus.uart0 CreateFileBackend @${CONSOLE} true
    ...    start
    Wait For Text In File    ${CONSOLE}    guest ready
    Give Address

Give Address
    In Namespace    ip address add ${HOST ADDRESS}/24 dev tap0
    In Namespace    ip link set tap0 up

Type
    [Documentation]    On the guest's console.
    [Arguments]    ${command}
    ${escaped}=    Evaluate    $command.replace('"', '\\\\"')
    Tell Renode    ${RENODE}    sysbus.uart0 WriteLine "${escaped}"

Make File
    ${bytes}=    Evaluate    os.urandom(8 << 20)    modules=os
    Create Binary File    ${SCRATCH}/file    ${bytes}
    ${sum}=    Evaluate    hashlib.sha256($bytes).hexdigest()    modules=hashlib
    RETURN    ${sum}

Packets Of The Host Should Be Large
    [Documentation]    What the host has sent, as its kernel has counted it. If none were longer than the frames of a wire, the average could not be.
    ...    How large those of the guest are depends on how fast it fills its windows.
    ${bytes}=    Statistic    tx_bytes
    ${packets}=    Statistic    tx_packets
    Should Be True    ${bytes} > (8 << 20) and ${bytes} / ${packets} > 1514    ${bytes} bytes in ${packets} packets

Statistic
    [Arguments]    ${name}
    ${result}=    Run Process    ip    netns    exec    ${NAMESPACE}    cat    /sys/class/net/tap0/statistics/${name}
    RETURN    ${${result.stdout}}

Skip Unless Tap Can Be Made
    # A name of this run's own: several may go on at once.
    ${pid}=    Evaluate    os.getpid()    modules=os
    Set Suite Variable    ${NAMESPACE}    virtio-net-offload-${pid}
    ${tun}=    Evaluate    os.access('/dev/net/tun', os.R_OK | os.W_OK)    modules=os
    Skip If    not ${tun}    /dev/net/tun is missing or closed to us
    ${tools}=    Evaluate    all(shutil.which(x) for x in ('ip', 'ping'))    modules=shutil
    Skip If    not ${tools}    ip or ping is missing: install iproute2 and iputils-ping
    Run Process    ip    netns    delete    ${NAMESPACE}
    ${result}=    Run Process    ip    netns    add    ${NAMESPACE}
    Skip If    ${result.rc} != 0    no network namespace can be made here: ${result.stderr}
    Remove Namespace

Host
    [Arguments]    ${command}
    ${result}=    Run Process    ${command}    shell=True    stderr=STDOUT
    Should Be Equal As Integers    ${result.rc}    0    ${command}: ${result.stdout}

In Namespace
    [Arguments]    ${command}
    Host    ip netns exec ${NAMESPACE} ${command}

Remove Namespace
    Run Process    ip    netns    delete    ${NAMESPACE}
