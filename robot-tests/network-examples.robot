# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     The examples of a network of our own, as their pages tell.
Resource          common.resource

*** Variables ***
${EXAMPLES}       ${CURDIR}/../examples

*** Test Cases ***
Should Fill The Satellite's Link
    [Documentation]    8 MiB take 6.8 s at 10 Mbit/s with headers; TCP gets five seconds more to open its window, at 500 ms for each round.
    Boot    satellite    2
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
    Boot    partition    3
    Keep Less In Step
    # From before 30 s, when node3 is lost for ten seconds, until after it is back.
    Run In Guest    ${NODE 1}    while [ $(cut -d. -f1 /proc/uptime) -lt 26 ]; do usleep 100000; done
    Start In Guest    ${NODE 1}    ping -c 20 -W 1 192.168.100.3 > /tmp/third & ping -c 20 -W 1 ${ADDRESS 2} > /tmp/second; wait; grep -h received /tmp/second /tmp/third
    Wait For Line On Uart    20 packets transmitted, 20 packets received    testerId=${NODE 1}
    ${third}=    Wait For Line On Uart    20 packets transmitted, (\\d+) packets received    testerId=${NODE 1}    treatAsRegex=True
    Wait For Exit    ${NODE 1}
    Should Be True    8 <= ${third.Groups[0]} <= 12    ${third.Groups[0]} have come back
    ${drops}=    Execute Command    net Drops
    Should Match Regexp    ${drops}    node3:sysbus\\.pcie\\.net0 *\\|out *\\|Partition *\\|\\d+

*** Keywords ***
Boot
    [Arguments]    ${example}    ${count}
    Execute Command    include @${EXAMPLES}/${example}/${example}.resc
    FOR    ${i}    IN RANGE    1    ${count} + 1
        ${node}=    Create Terminal Tester    sysbus.uart0    machine=node${i}    timeout=${GUEST_TIMEOUT}
        Set Suite Variable    ${NODE ${i}}    ${node}
    END
    Start Emulation
    FOR    ${i}    IN RANGE    1    ${count} + 1
        Wait Until Guest Is Ready    ${NODE ${i}}
    END
