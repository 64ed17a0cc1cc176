# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     The examples of a network of our own, as their pages tell.
Resource          common.resource
Resource          network.resource

*** Variables ***
${EXAMPLES}       ${CURDIR}/../examples

*** Test Cases ***
Should Fill The Satellite's Link
    [Documentation]    8 MiB take 6.8 s at 10 Mbit/s with headers; TCP gets five seconds more to open its window, at 500 ms for each round.
    Boot    satellite    node1    node2
    Keep Less In Step
    Start In Guest    ${NODE 1}    ping -c 5 -i 0.2 ${ADDRESS 2}
    # The first ones wait for an answer to ARP, too.
    ${times}=    Wait For Line On Uart    round-trip min/avg/max = ([0-9.]+)/[0-9.]+/[0-9.]+ ms    testerId=${NODE 1}    treatAsRegex=True
    Wait For Exit    ${NODE 1}
    Should Be True    500 <= ${times.Groups[0]} < 505    ${times.Groups[0]} ms
    Run In Guest    ${NODE 1}    dd if=/dev/zero of=/tmp/zeros bs=1M count=8 2> /dev/null
    Start In Guest    ${NODE 2}    nc -l -p ${PORT} > /tmp/received
    ${start}=    Read From Guest    ${NODE 1}    cut -d' ' -f1 /proc/uptime
    Connect And Send    ${NODE 1}    ${ADDRESS 2}    /tmp/zeros
    Wait For Exit    ${NODE 2}
    ${end}=    Read From Guest    ${NODE 1}    cut -d' ' -f1 /proc/uptime
    Should Be True    6.8 < ${end} - ${start} < 12    ${end} - ${start} s

Should Divide And Heal The Cluster
    Boot    partition    node1    node2    node3
    Keep Less In Step
    # From before 30 s, when node3 is lost for ten seconds, until after it is back.
    Run In Guest    ${NODE 1}    while [ $(cut -d. -f1 /proc/uptime) -lt 26 ]; do usleep 100000; done
    Start In Guest    ${NODE 1}    ping -c 20 -W 1 192.168.100.3 > /tmp/third & ping -c 20 -W 1 ${ADDRESS 2} > /tmp/second; wait; grep -h received /tmp/second /tmp/third
    Wait For Line On Uart    20 packets transmitted, 20 packets received    testerId=${NODE 1}
    ${third}=    Wait For Line On Uart    20 packets transmitted, (\\d+) packets received    testerId=${NODE 1}    treatAsRegex=True
    Wait For Exit    ${NODE 1}
    Should Be True    8 <= ${third.Groups[0]} <= 12    ${third.Groups[0]} have come back
    ${dropped}=    Get Drops    port=node3    direction=out    reason=Partition
    Should Be True    ${dropped} > 0

Should Get Through The Radio's Bursts
    [Documentation]    1 MiB takes 4.5 s at 2 Mbit/s with headers, and longer by what TCP has to send again, and waits for.
    Boot    radio    node1    node2
    Keep Less In Step
    Capture Network    ${SCRATCH}/radio.pcapng    ports node2
    Send Random Bytes    ${NODE 1}    ${NODE 2}    ${ADDRESS 2}    1
    Stop Capture
    ${lost}=    Get Drops    port=node2    direction=out    reason=Loss
    Should Be True    ${lost} >= 5
    # A burst: packets that were lost one after the other.
    ${frames}=    Get Frames    ${SCRATCH}/radio.pcapng    dropped=either    direction=out
    ${marks}=    Evaluate    "".join("x" if y.dropped == "Loss" else "." for y in sorted($frames, key=lambda y: y.number))
    Log    ${marks}    console=True
    Should Contain    ${marks}    xx
    ${again}=    Read From Guest    ${NODE 1}    grep Tcp: /proc/net/snmp | tail -n 1 | cut -d' ' -f13
    Should Be True    ${again} >= 5    ${again} segments were sent again

Should Pass Through The Router
    Boot    router    node1    node2    router
    Keep Less In Step
    Capture Network    ${SCRATCH}/left.pcapng    frames    network=left
    Capture Network    ${SCRATCH}/right.pcapng    frames    network=right
    Start In Guest    ${NODE 1}    ping -c 3 -i 0.2 192.168.101.1
    Wait For Line On Uart    seq.2 ttl.63 time.1[0-9]\\.    testerId=${NODE 1}    treatAsRegex=True
    Wait For Exit    ${NODE 1}
    Expect Frames    ${SCRATCH}/right.pcapng    port=node2    icmp_type=8    source=192.168.100.1    source_mac=02:00:00:00:01:fe    exactly=3
    Expect Frames    ${SCRATCH}/left.pcapng    port=node1    icmp_type=0    source=192.168.101.1    source_mac=02:00:00:00:00:fe    exactly=3
    # Too long for the right network: the router says so once (ICMP type 3), then node1 sends fragments.
    Start In Guest    ${NODE 1}    ping -c 4 -i 0.2 -W 1 -s 1400 192.168.101.1
    Wait For Line On Uart    4 packets transmitted, 3 packets received    testerId=${NODE 1}
    Wait For Exit    ${NODE 1}
    Expect Frames    ${SCRATCH}/left.pcapng    port=node1    icmp_type=3    source=192.168.100.254    exactly=1
    Send Random Bytes    ${NODE 1}    ${NODE 2}    192.168.101.1    2
    Send Random Bytes    ${NODE 2}    ${NODE 1}    192.168.100.1    2
    Expect Frames    ${SCRATCH}/right.pcapng    protocol=tcp    length=1294    at_least=1000
    Expect No Frames    ${SCRATCH}/right.pcapng    length=1295..65535
    Drops Should Be    0    network=left
    Drops Should Be    0    network=right

*** Keywords ***
Boot
    [Documentation]    The machines of an example, each with a console tester that is called after it: NODE 1 for node1.
    [Arguments]    ${example}    @{machines}
    Execute Command    include @${EXAMPLES}/${example}/${example}.resc
    ${nodes}=    Create List
    FOR    ${machine}    IN    @{machines}
        ${node}=    Create Terminal Tester    sysbus.uart0    machine=${machine}    timeout=${GUEST_TIMEOUT}
        ${name}=    Evaluate    $machine.replace("node", "NODE ").upper()
        Set Suite Variable    ${${name}}    ${node}
        Append To List    ${nodes}    ${node}
    END
    Execute Command    emulation SetGlobalAdvanceImmediately true
    Start Emulation
    FOR    ${node}    IN    @{nodes}
        Wait Until Guest Is Ready    ${node}
    END
