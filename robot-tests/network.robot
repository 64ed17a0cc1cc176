# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     Two unmodified Debian guests on a network of our own.
Library           OperatingSystem
Library           String
Library           RenodeProcess.py
Resource          common.resource
Resource          network.resource
Test Teardown     Run Keywords    Stop All Renodes    Test Teardown

*** Test Cases ***
Should Ping Each Other
    Boot Two Nodes On A Network
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}
    Provides    network

Should Take The Time Of The Links
    [Documentation]    The echo passes four links of 10 ms, and so does the reply: each packet goes in by one and out by another.
    Requires    network
    Set Link    node1    delay 10ms
    Set Link    node2    delay 10ms
    ${time}=    Average Time Of Ping
    Should Be True    40 <= ${time} < 40.9    ${time} ms
    Set Link    node2    delay 0
    ${time}=    Average Time Of Ping
    Should Be True    20 <= ${time} < 20.9    ${time} ms
    Set Link    node1    delay 0    direction=in
    ${time}=    Average Time Of Ping
    Should Be True    10 <= ${time} < 10.9    ${time} ms

Should Carry 8 MiB Over TCP
    Requires    network
    Keep Less In Step
    Send Random Bytes    ${NODE 1}    ${NODE 2}    ${ADDRESS 2}    8
    Drops Should Be    0

Should Fill A Link Of 10 Mbit/s
    [Documentation]    In virtual time, from the first frame that node2 gets of the connection, its SYN, to the last one with data. What counts is what arrives for the
    ...    first time: 8 MiB. A full frame has 1514 bytes, which is what the link's rate counts, and 1448 of data: 14 of Ethernet, 20 of IPv4 and 32 of TCP with its
    ...    time stamps are headers. So data can have 95.6 % of the rate at most, and has 95 % or more, the beginning of the connection included.
    Requires    network
    Keep Less In Step
    Create Directory    ${SCRATCH}
    Set Link    node2    rate 10mbit delay 5ms
    Capture Network    ${SCRATCH}/rate.pcapng    ports node2 direction out
    Send Random Bytes    ${NODE 1}    ${NODE 2}    ${ADDRESS 2}    8
    Stop Capture
    ${frames}=    Get Frames    ${SCRATCH}/rate.pcapng    protocol=tcp    destination_port=${PORT}
    ${full}=    Evaluate    max(len(x.payload) for x in $frames)
    Should Be Equal As Integers    ${full}    1448
    Should Be Equal As Integers    ${{max(x.length for x in $frames)}}    1514
    ${seconds}=    Evaluate    (max(x.time for x in $frames if x.payload) - $frames[0].time) / 10 ** 9
    ${share}=    Evaluate    8 * 8 * 2 ** 20 / $seconds / 10 ** 7
    Log    data takes ${share} of the rate, for ${seconds} s    console=True
    Should Be True    0.95 <= ${share} <= 1448 / 1514    ${share}

Should Be Told As Tables And Drawn
    Requires    network
    Set Link    node1    delay 1ms loss 50%
    Run In Guest    ${NODE 1}    ping -c 40 -i 0.01 -W 1 ${ADDRESS 2} > /dev/null
    ${ports}=    Execute Command    net Ports
    Should Match Regexp    ${ports}    node1:sysbus\\.pcie\\.net0 *\\|delay 1ms loss 50%
    ${addresses}=    Execute Command    net Addresses
    Should Match Regexp    ${addresses}    02:00:00:00:00:01 *\\|node1:sysbus\\.pcie\\.net0
    Should Match Regexp    ${addresses}    02:00:00:00:00:02 *\\|node2:sysbus\\.pcie\\.net0
    ${counters}=    Execute Command    net Counters
    Should Match Regexp    ${counters}    node2:sysbus\\.pcie\\.net0 *\\|out
    ${lost}=    Get Drops    port=node1    direction=in    reason=Loss
    Should Be True    ${lost} > 0
    Create Directory    ${SCRATCH}
    Draw Network    ${SCRATCH}/network.svg
    ${picture}=    Get File    ${SCRATCH}/network.svg
    Should Contain    ${picture}    node1:sysbus.pcie.net0
    Should Contain    ${picture}    delay 1ms loss 50%

Should Be Divided And Healed At Virtual Times
    Requires    network
    Partition Network    node1    node2
    Start In Guest    ${NODE 1}    ping -c 2 -i 0.2 -W 1 ${ADDRESS 2}
    Wait For Line On Uart    2 packets transmitted, 0 packets received    testerId=${NODE 1}
    Wait For Line On Uart    EXIT:1    testerId=${NODE 1}
    Do After Virtual Time    1    Heal
    Start In Guest    ${NODE 1}    ping -c 10 -i 0.3 -W 1 ${ADDRESS 2} > /tmp/pings; tail -n 2 /tmp/pings
    Wait For Line On Uart    10 packets transmitted, [5-9] packets received    testerId=${NODE 1}    treatAsRegex=True
    Wait For Exit    ${NODE 1}

Should Go On After Save And Load In A New Process
    [Documentation]    The snapshot is made while pings are on their way, for 20 ms each.
    [Tags]    rule:H-121
    ${snapshot}=    Set Variable    ${SCRATCH}/network.save
    ${console}=    Set Variable    ${SCRATCH}/network-console.log
    Create Directory    ${SCRATCH}
    Remove Files    ${snapshot}    ${console}*
    ${renode}=    Start Renode
    Tell Renode    ${renode}
    ...    include @${SCRIPTS}/network-nodes.resc
    ...    net SetLink "node1" "delay 20ms"
    ...    mach set "node1"
    ...    emulation RunFor "6"
    ...    sysbus.uart0 WriteLine "ping -i 0.01 ${ADDRESS 2}"
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
    ...    emulation RunFor "1"
    ...    quit
    Wait For Process End    ${renode}
    ${text}=    Get File    ${console}
    ${numbers}=    Get Regexp Matches    ${text}    seq=(\\d+)    1
    ${times}=    Get Regexp Matches    ${text}    time=([0-9.]+) ms    1
    Should Be True    len(${numbers}) >= 30    the ping did not go on: ${text}
    # No reply is missing or late: the packets that were on their way have arrived.
    ${numbers}=    Evaluate    [int(x) for x in ${numbers}]
    ${expected}=    Evaluate    list(range(${numbers}[0], ${numbers}[0] + len(${numbers})))
    Should Be Equal    ${numbers}    ${expected}
    Should Be True    all(40 <= float(x) < 41.5 for x in ${times})    ${times}

Should Work When Renode Compiles The Sources
    ${output}=    Run Renode On A Board
    ...    include @${SCRIPTS}/include-sources.resc
    ...    emulation CreateNetwork "net"
    ...    mach create "board"
    ...    machine LoadPlatformDescription @${CURDIR}/../platforms/arm64-virt.repl
    ...    connector Connect sysbus.pcie.net0 net
    ...    net SetLink "board" "delay 10ms"
    ...    net Ports
    Should Contain    ${output}    compiling the sources
    Should Match Regexp    ${output}    board:sysbus\\.pcie\\.net0 *\\|delay 10ms

*** Keywords ***
Run Renode On A Board
    [Arguments]    @{commands}
    ${renode}=    Start Renode
    ${script}=    Set Variable    ${SCRATCH}/commands.resc
    Create Directory    ${SCRATCH}
    ${text}=    Catenate    SEPARATOR=\n    @{commands}
    Create File    ${script}    ${text}\n
    ${output}=    Run Script    ${renode}    ${script}
    RETURN    ${output}

Boot Two Nodes On A Network
    Execute Command    include @${SCRIPTS}/network-nodes.resc
    ${node1}=    Create Terminal Tester    sysbus.uart0    machine=node1    timeout=${GUEST_TIMEOUT}
    ${node2}=    Create Terminal Tester    sysbus.uart0    machine=node2    timeout=${GUEST_TIMEOUT}
    Set Suite Variable    ${NODE 1}    ${node1}
    Set Suite Variable    ${NODE 2}    ${node2}
    Start Emulation
    Wait Until Guest Is Ready    ${NODE 1}
    Wait Until Guest Is Ready    ${NODE 2}

Average Time Of Ping
    Start In Guest    ${NODE 1}    ping -c 10 -i 0.1 ${ADDRESS 2}
    ${times}=    Wait For Line On Uart    round-trip min/avg/max = [0-9.]+/([0-9.]+)/[0-9.]+ ms    testerId=${NODE 1}    treatAsRegex=True
    Wait For Exit    ${NODE 1}
    RETURN    ${times.Groups[0]}
