# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     The keywords of network.resource: each does what its page says, and fails when it should. Traffic comes from bare-metal nodes, and
...               captures to be read are made by hand, so that no row takes long.
Library           MadeCapture.py
Library           Process
Resource          common.resource
Resource          network.resource
Test Setup        Run Keywords    Test Setup    AND    Create Directory    ${SCRATCH}

*** Variables ***
${FIRMWARE}       ${CURDIR}/../build/baremetal/arm64/echo.elf
${ECHO PORT}      echo:sysbus.pcie.net0
${PROBE PORT}     probe:sysbus.pcie.net0
${CAPTURE}        ${SCRATCH}/made.pcapng
${OTHER}          ${SCRATCH}/other.pcapng
# A datagram of UDP from port 1000 to port 2000, in a frame of 60 bytes.
${FRAME}          ${{"020000000002" "020000000001" "0800" "4500001e0001000040110000c0a86401c0a86402" "03e807d0000a0000" "6162" + 16 * "00"}}

*** Test Cases ***
Should Make A Network And Connect
    Make Two Nodes On A Network
    ${ports}=    Execute Command    net Ports
    Should Contain    ${ports}    ${ECHO PORT}
    Should Contain    ${ports}    ${PROBE PORT}
    Error Should Be    *connected*already*    Connect To Network    sysbus.pcie.net0    machine=echo
    Disconnect From Network    sysbus.pcie.net0    machine=echo
    ${ports}=    Execute Command    net Ports
    Should Not Contain    ${ports}    ${ECHO PORT}
    Error Should Be    *    Connect To Network    sysbus.nothing    machine=echo
    Error Should Be    *    Make Network    network=net
    Error Should Be    *seed is -1*    Make Network    seed=-1    network=lan
    Make Network    seed=7    network=lan
    Connect To Network    sysbus.pcie.net0    machine=echo    network=lan
    ${ports}=    Execute Command    lan Ports
    Should Contain    ${ports}    ${ECHO PORT}

Should Say That The Plugin Is Missing
    Set Test Variable    ${VIRTIO NET PLUGIN}    /nowhere/load-plugin.resc
    Error Should Be    *VIRTIO NET PLUGIN* is /nowhere/load-plugin.resc, which is not there*    Make Network

Should Change Links
    Make Two Nodes On A Network
    Set Link    echo    delay 10ms loss 1%
    Link Should Be    echo    in: delay 10ms loss 1%    out: delay 10ms loss 1%
    Set Link    ${ECHO PORT}    delay 5ms    direction=in
    Set Link    echo    loss none    direction=out
    Link Should Be    echo    in: delay 5ms loss 1%    out: delay 10ms
    Error Should Be    *direction is "inwards"; it must be both, in*    Set Link    echo    down    direction=inwards
    Error Should Be    *delay is "10parsecs"; it must be a time of at most*    Set Link    echo    delay 10parsecs
    Error Should Be    *port is "nobody"; it must be one of*    Set Link    nobody    down

Should Count What Was Sent And Delivered
    Make Two Nodes On A Network
    Wait For Traffic To Settle
    # The probe asks by ARP first.
    Counter Should Be    65    probe    in
    Counter Should Be    65    ${PROBE PORT}    out    Packets
    ${bytes}=    Get Counter    echo    out    Bytes
    Counter Should Be    ${bytes}    probe    in    Bytes
    Should Be True    ${bytes} > 64 * 60
    Drops Should Be    0
    Error Should Be    Frames of probe, in, is 65 and not 64:*probe:sysbus*    Counter Should Be    64    probe    in
    Error Should Be    *counter is "Frame"; it must be one of Packets, Frames*    Get Counter    probe    in    Frame
    Error Should Be    *direction is "up"; it must be in*    Get Counter    probe    up
    Error Should Be    *port is "node1"; it must be one of echo:sysbus.pcie.net0, probe:sysbus.pcie.net0*    Get Counter    node1    in

Should Count Drops By Reason
    Make Two Nodes On A Network
    Keep Less In Step
    # The first is the question by ARP, which is asked again; the probe gives up when a frame is missing.
    Set Link    probe    loss packets 1,4,5    direction=in
    Wait For Traffic To Settle    quiet=2
    Drops Should Be    3
    Drops Should Be    3    port=probe    direction=in    reason=Loss
    Drops Should Be    0    port=echo
    Drops Should Be    0    reason=Partition
    Drops Should Be    0    direction=out
    ${lost}=    Get Drops    reason=Loss
    Should Be Equal As Integers    ${lost}    3
    Error Should Be    3 frames were dropped (port probe, direction None, reason Loss), and not 2:*Loss*3*    Drops Should Be    2    port=probe    reason=Loss
    Error Should Be    *reason is "Lost"; it must be one of Down, TooLong*    Drops Should Be    0    reason=Lost
    Error Should Be    *port is "node1"; it must be one of*    Drops Should Be    0    port=node1

Should Know Every Reason
    [Documentation]    Reasons that the keywords take are those that the network has.
    ${source}=    Get File    ${CURDIR}/../src/Peripherals/VirtioNet/Wire/Links/DropReason.cs
    ${reasons}=    Evaluate    re.findall(r'^ +(\\w+),', $source, re.MULTILINE)    modules=re
    FOR    ${reason}    IN    @{reasons}
        Make Packets    1    dropped: ${reason}, for a test
        Expect Frames    ${CAPTURE}    dropped=${reason}    exactly=1
    END
    Should Be True    len($reasons) >= 11

Should Divide And Heal
    Make Two Nodes On A Network
    Partition Network    echo    probe
    Let Virtual Time Pass    100 ms
    Counter Should Be    0    echo    out
    ${drops}=    Get Drops    reason=Partition
    Should Be True    ${drops} >= 1
    Heal Network
    Keep Less In Step
    Wait For Traffic To Settle    quiet=2
    ${passed}=    Get Counter    echo    out
    Should Be True    ${passed} >= 65
    Counter Should Be    ${passed}    probe    out
    Partition Network    echo
    ${ports}=    Execute Command    net Ports
    Should Match Regexp    ${ports}    ${PROBE PORT} *\\|[^\\n]*${PROBE PORT}
    Error Should Be    *groups have ${ECHO PORT} twice*    Partition Network    echo    echo
    Error Should Be    *groups are missing*    Partition Network
    Error Should Be    *    Heal Network    network=lan

Should Do Things At Virtual Times
    Make Two Nodes On A Network
    Do At Virtual Time    20 ms    SetLink echo "delay 3ms"
    Do At Virtual Time    0.03    SetLink echo down
    Do After Virtual Time    40 ms    SetLink echo up
    Let Virtual Time Pass    25 ms
    Link Should Be    echo    in: delay 3ms    out: delay 3ms
    Do After Virtual Time    25 ms    SetLink echo loss 5%
    Let Virtual Time Pass    10 ms
    Link Should Be    echo    in: delay 3ms down    out: delay 3ms down
    Let Virtual Time Pass    10 ms
    Link Should Be    echo    in: delay 3ms    out: delay 3ms
    Let Virtual Time Pass    10 ms
    Link Should Be    echo    in: delay 3ms loss 5%    out: delay 3ms loss 5%
    Error Should Be    *time is*it must not be before now*    Do At Virtual Time    0.01    Heal
    Error Should Be    *command is "Explode"; it must begin with one of*    Do After Virtual Time    1    Explode
    Error Should Be    *Invalid time string 'soon'*    Do After Virtual Time    soon    Heal

Should Do Things On Packets
    [Documentation]    The probe finds out the echo node's address, and then sends it frames of type 0x88b5. The 10th of these, and all that comes after it, are lost.
    Make Two Nodes On A Network
    Do On Packet    probe in 10 type 0x88b5    SetLinkIn probe down
    Do On Packet    any out 5    SetLink echo "delay 2ms"
    Do On Packet    echo in tcp port 80    Heal
    Let Virtual Time Pass    40 ms
    Counter Should Be    10    echo    out
    ${lost}=    Get Drops    port=probe    direction=in    reason=Down
    Should Be True    ${lost} >= 1
    Link Should Be    echo    in: delay 2ms    out: delay 2ms
    ${schedule}=    Execute Command    net Schedule
    Should Match Regexp    ${schedule}    3 *\|on ${ECHO PORT} in 1 tcp port 80 *\|0 *\|Heal
    Should Not Contain    ${schedule}    SetLink
    Execute Command    net Cancel 3
    Error Should Be    *number is 3, and nothing is on the schedule*    Execute Command    net Cancel 3
    Error Should Be    *"http" is no kind of packet*    Do On Packet    probe in http    Heal

Should Let Virtual Time Pass Exactly
    [Documentation]    Whether the emulation stands still or runs; it goes on as it was.
    Make Two Nodes On A Network
    Let Virtual Time Pass    0.25
    ${now}=    Get Virtual Time
    Should Be Equal As Numbers    ${now}    0.25
    Emulation Should Run    False
    Start Emulation
    Let Virtual Time Pass    100 ms
    Emulation Should Run    True
    Execute Command    pause
    ${before}=    Get Virtual Time
    Let Virtual Time Pass    1 ms
    ${after}=    Get Virtual Time
    Should Be Equal As Numbers    ${{round($after - $before, 9)}}    0.001
    Error Should Be    *Invalid time string 'a while'*    Let Virtual Time Pass    a while

Should Wait For What Is Delayed, Too
    [Documentation]    The quiet time is much shorter than the delay: without it the keyword would return before the first frame is delivered.
    Make Two Nodes On A Network
    Set Link    echo    delay 70ms
    Wait For Traffic To Settle    quiet=1 ms
    ${sent}=    Get Counter    probe    in
    Should Be True    ${sent} >= 65
    Counter Should Be    ${sent}    echo    out
    ${returned}=    Get Counter    echo    in
    Counter Should Be    ${returned}    probe    out
    Emulation Should Run    False

Should Wait While The Emulation Runs
    Make Two Nodes On A Network
    Start Emulation
    Wait For Traffic To Settle
    Emulation Should Run    True
    Counter Should Be    65    probe    out

Should Say That Traffic Has Not Settled
    Make Two Nodes On A Network    frames=1000000
    Error Should Be    net has not settled: there was traffic in each 0.01 s of 50 ms.*probe:sysbus*    Wait For Traffic To Settle    quiet=10 ms    timeout=50 ms
    Emulation Should Run    False

Should Draw The Network
    Make Two Nodes On A Network
    Set Link    echo    delay 10ms
    Draw Network    ${SCRATCH}/a network.svg
    ${picture}=    Get File    ${SCRATCH}/a network.svg
    Should Contain    ${picture}    ${PROBE PORT}
    Should Contain    ${picture}    delay 10ms
    Error Should Be    *it must be a file that ends with .svg or .dot*    Draw Network    ${SCRATCH}/network.png

Should Find Frames By What Their Headers Say
    Make Varied Packets
    FOR    ${count}    ${what}    IN
    ...    1    ethertype=arp
    ...    1    ethertype=0x88b5
    ...    6    ethertype=IPv4
    ...    2    ethertype=ipv6
    ...    1    vlan=10
    ...    9    vlan=none
    ...    9    source_mac=02:00:00:00:00:01
    ...    1    destination_mac=FF-FF-FF-FF-FF-FF
    ...    5    source=192.168.100.1
    ...    1    destination=192.168.100.1
    ...    2    destination=FE80::2
    ...    2    protocol=udp
    ...    1    protocol=6
    ...    3    protocol=icmp
    ...    1    protocol=icmpv6
    ...    1    source_port=1000
    ...    1    destination_port=80
    ...    1    destination_port=53
    ...    1    icmp_type=8
    ...    1    icmp_type=135
    ...    1    length=60
    ...    6    length=42..60
    ...    1    payload=48656c6c6f
    ...    2    payload=65 6c:6C
    # An address is a part of ARP's payload, and of IPv4's header; what follows the packet in its frame is padding.
    ...    1    payload=c0a86401
    ...    0    payload=ffff
    ...    0    payload=eeee
    ...    3    after=8 us
    ...    2    before=0.000003
        Expect Frames    ${CAPTURE}    exactly=${count}    &{{dict([$what.split("=")])}}
    END
    Expect Frames    ${CAPTURE}    exactly=1    source=192.168.100.1    protocol=tcp    destination_port=80    port=net1

Should Find Frames By Port, Direction And Fate
    Begin Capture    node1:sysbus.pcie.net0    node2:sysbus.pcie.net0    node10:sysbus.pcie.net0
    Add Packet    node1:sysbus.pcie.net0    in    1000    ${FRAME}
    Add Packet    node2:sysbus.pcie.net0    out    2000    ${FRAME}
    Add Packet    node1:sysbus.pcie.net0    in    3000    ${FRAME}    dropped: Loss, the link has lost it
    Add Packet    node2:sysbus.pcie.net0    out    4000    ${FRAME}    delayed: 0.000001000 s    dropped: Down, the link is down
    Write Capture    ${CAPTURE}
    Expect Frames    ${CAPTURE}    exactly=1
    Expect Frames    ${CAPTURE}    exactly=1    direction=in
    Expect Frames    ${CAPTURE}    exactly=2    direction=both
    Expect Frames    ${CAPTURE}    exactly=1    port=node2
    Expect Frames    ${CAPTURE}    exactly=0    port=node1
    Expect Frames    ${CAPTURE}    exactly=1    port=node1:sysbus.pcie.net0    direction=in
    Expect Frames    ${CAPTURE}    exactly=2    dropped=yes
    Expect Frames    ${CAPTURE}    exactly=1    dropped=Loss
    Expect Frames    ${CAPTURE}    exactly=1    dropped=yes    direction=out
    Expect Frames    ${CAPTURE}    exactly=4    dropped=either
    Expect Frames    ${CAPTURE}    exactly=1    dropped=either    comment=delayed
    Expect No Frames    ${CAPTURE}    dropped=Partition
    Error Should Be    *port is "net0"; it must be one of node10:sysbus.pcie.net0, node1:sysbus.pcie.net0, node2:sysbus.pcie.net0*    Expect No Frames    ${CAPTURE}    port=net0
    Error Should Be    *port is "node3"; it must be one of*    Expect No Frames    ${CAPTURE}    port=node3

Should Capture A Network
    [Documentation]    The file is made with its folder, and can be looked at while the emulation runs.
    Make Two Nodes On A Network
    ${capture}=    Set Variable    ${SCRATCH}/a folder/traffic.pcapng
    Remove Directory    ${SCRATCH}/a folder    recursive=True
    Capture Network    ${capture}
    Capture Network    ${OTHER}    ports probe direction in
    Wait For Traffic To Settle
    # The frames of both nodes at both ports; a question and an answer by ARP.
    Expect Frames    ${capture}    direction=both    exactly=260
    Expect Frames    ${capture}    exactly=130
    Expect Frames    ${capture}    port=echo    ethertype=0x88b5    exactly=64    destination_mac=02:00:00:00:00:01
    Expect Frames    ${capture}    ethertype=arp    exactly=2
    Expect No Frames    ${OTHER}    direction=out
    Expect Frames    ${OTHER}    port=probe    direction=in    exactly=65
    Stop Capture    ${OTHER}
    Write Char On Uart    p    testerId=${PROBE}
    Start Emulation
    Expect Frames    ${capture}    port=probe    ethertype=0x88b5    within=2    at_least=128
    Emulation Should Run    True
    Stop Capture
    Execute Command    pause
    Expect Frames    ${OTHER}    direction=both    exactly=65
    Copy File    ${capture}    ${CAPTURE}
    Write Char On Uart    p    testerId=${PROBE}
    Wait For Traffic To Settle
    Captures Should Be Equal    ${capture}    ${CAPTURE}
    Error Should Be    *    Stop Capture    ${OTHER}
    Error Should Be    *    Capture Network    ${capture}    port echo

Should Make Equal Captures
    [Documentation]    Two runs with the same seed lose and delay the same packets; another seed, others.
    FOR    ${path}    ${seed}    IN    ${CAPTURE}    1    ${OTHER}    1    ${SCRATCH}/third.pcapng    2
        Reset Emulation
        Make Two Nodes On A Network    seed=${seed}
        Execute Command    emulation SetGlobalSerialExecution true
        Set Link    echo    delay 2ms 1ms duplicate 20%
        Capture Network    ${path}
        Let Virtual Time Pass    150 ms
        Stop Capture
    END
    Expect Frames    ${CAPTURE}    comment=duplicated    direction=both
    Captures Should Be Equal    ${CAPTURE}    ${OTHER}
    Captures Should Have The Same Packets    ${CAPTURE}    ${OTHER}    direction=both
    Error Should Be    *differ:*first: packet *second: packet*    Captures Should Be Equal    ${CAPTURE}    ${SCRATCH}/third.pcapng

Should Count Frames
    Make Packets    3
    Expect Frames    ${CAPTURE}
    Expect Frames    ${CAPTURE}    at_least=3    at_most=3
    Expect Frames    ${CAPTURE}    at_most=4
    ${frames}=    Expect Frames    ${CAPTURE}    exactly=3
    Should Be Equal As Integers    ${frames[2].time}    3000
    Expect No Frames    ${CAPTURE}    length=1
    Error Should Be    *has 3 frames (whatever they are), but must have at least 4.*These match:*0.000001000 s net0 out*    Expect Frames    ${CAPTURE}    at_least=4
    Error Should Be    *has 3 frames*but must have at most 2.*    Expect Frames    ${CAPTURE}    at_most=2
    Error Should Be    *has 3 frames (length\=60), but must have exactly 2.*    Expect Frames    ${CAPTURE}    exactly=2    length=60
    Error Should Be    *has 0 frames (protocol\=tcp), but must have at least 1.*It has:*UDP*    Expect Frames    ${CAPTURE}    protocol=tcp
    Error Should Be    *has 3 frames*but must have exactly 0.*    Expect No Frames    ${CAPTURE}    protocol=udp
    Make Packets    12
    Error Should Be    *and 2 more*    Expect No Frames    ${CAPTURE}

Should Wait For Frames
    [Documentation]    By virtual time: what is early ends the waiting, and what must not come is waited for all of the time.
    Make Packets    2
    Expect Frames    ${CAPTURE}    within=1
    Time Should Be    0
    Error Should Be    *has 2 frames*    Expect Frames    ${CAPTURE}    at_least=3    within=20 ms
    Time Should Be    0.02
    Expect Frames    ${CAPTURE}    exactly=2    within=0.01
    Time Should Be    0.03
    Expect No Frames    ${CAPTURE}    protocol=tcp    within=10 ms
    Time Should Be    0.04
    Emulation Should Run    False
    Start Emulation
    Expect No Frames    ${CAPTURE}    protocol=tcp    within=10 ms
    Emulation Should Run    True

Should Say What Is Wrong With An Expectation
    Make Packets    1
    FOR    ${error}    ${what}    IN
    ...    "protokol" is nothing that a frame can have; choose of after, before, *, vlan    protokol=tcp
    ...    protocol is "ip"; it must be a number or one of icmp, igmp, tcp, udp, icmpv6    protocol=ip
    ...    ethertype is "ipx"; it must be a number or one of ipv4, arp, ipv6    ethertype=ipx
    ...    direction is "up"; it must be in (from the device), out (to the device) or both    direction=up
    ...    dropped is "Lost"; it must be no, yes, either, or one of Down, TooLong, Loss*    dropped=Lost
    ...    length is "60-70"; it must be bytes, such as 98, or a range, such as 60..1514    length=60-70
    ...    payload is "xyz"; it must be bytes in hexadecimal*    payload=xyz
    ...    payload is "123"; it must be bytes in hexadecimal*    payload=123
    ...    source_mac is "1:2"; it must be a MAC address such as 02:00:00:00:00:01    source_mac=1:2
    ...    destination is "node1"; it must be an IPv4 or IPv6 address*    destination=node1
    ...    after is "later"; it must be a time such as 1.5, 20 ms or 2 s    after=later
    ...    vlan is "ten"; it must be a number    vlan=ten
        Error Should Be    *${error}    Get Frames    ${CAPTURE}    &{{dict([$what.split("=")])}}
        # Not only after the time has passed.
        Error Should Be    *${error}    Expect Frames    ${CAPTURE}    within=10    &{{dict([$what.split("=")])}}
    END
    Time Should Be    0
    Error Should Be    *exactly is "few"; it must be a number    Expect Frames    ${CAPTURE}    exactly=few

Should Read What Other Programs Write
    [Documentation]    The other byte order, blocks of other kinds, several sections, and ends in the middle of a header.
    Begin Capture    net0    order=>
    Add Block Of Another Kind
    Add Packet    net0    out    18446744073709551615    ${FRAME}    a comment
    Begin Section    net1    net0
    Add Packet    net0    out    1    020000000002020000000001080045
    Add Packet    net1    out    2    02
    Write Capture    ${CAPTURE}
    ${frames}=    Get Frames    ${CAPTURE}
    Should Be Equal    ${{[(x.port, x.time, x.length) for x in $frames]}}    ${{[("net0", 2 ** 64 - 1, 60), ("net0", 1, 15), ("net1", 2, 1)]}}
    Should End With    ${{str($frames[1])}}    IPv4 15 bytes
    Should End With    ${{str($frames[2])}}    too short for its headers 1 bytes
    Create File    ${OTHER}    no capture
    Error Should Be    *is no capture in the pcapng format*    Get Frames    ${OTHER}
    ${bytes}=    Get Binary File    ${CAPTURE}
    Create Binary File    ${OTHER}    ${bytes}[:-8]
    Error Should Be    *has a block without an end at byte*    Get Frames    ${OTHER}
    Error Should Be    *No such file*    Get Frames    ${SCRATCH}/nothing.pcapng

Should Compare Captures Byte For Byte
    Make Packets    3
    Copy File    ${CAPTURE}    ${OTHER}
    Captures Should Be Equal    ${CAPTURE}    ${OTHER}
    Make Packets    2
    Error Should Be    *differ:\nfirst: no such packet\nsecond: packet 3: 0.000003000 s net0 out*UDP 60 bytes    Captures Should Be Equal    ${CAPTURE}    ${OTHER}
    Begin Capture    net0
    Add Packet    net0    out    1000    ${FRAME}
    Add Packet    net0    out    2000    ${FRAME[:-6]}ab0000
    Add Packet    net0    out    3000    ${FRAME}
    Write Capture    ${CAPTURE}
    Error Should Be    *first: packet 2: *\nsecond: packet 2: *\nfrom byte 57 on: ab 00 00 and 00 00 00    Captures Should Be Equal    ${CAPTURE}    ${OTHER}
    Make Packets    3    a comment
    Error Should Be    *first: packet 1: *(a comment)\nsecond: packet 1: *60 bytes    Captures Should Be Equal    ${CAPTURE}    ${OTHER}
    Begin Capture    net0    unused
    FOR    ${time}    IN    1000    2000    3000
        Add Packet    net0    out    ${time}    ${FRAME}
    END
    Write Capture    ${CAPTURE}
    Error Should Be    *have the same packets, but differ from byte*    Captures Should Be Equal    ${CAPTURE}    ${OTHER}

Should Compare Captures Within A Tolerance
    Make Pairs    ${CAPTURE}    1000    5000
    Make Pairs    ${OTHER}    1700    4300
    Captures Should Have The Same Packets    ${CAPTURE}    ${OTHER}    tolerance=700 ns
    Error Should Be    *differ:\nfirst: packet 1: *\nsecond: packet 1: *\n0.000000700 s between them    Captures Should Have The Same Packets    ${CAPTURE}    ${OTHER}    tolerance=699 ns
    Captures Should Have The Same Packets    ${CAPTURE}    ${OTHER}    port=net0    direction=in
    Make Pairs    ${OTHER}    1000    5000    ${FRAME[:-2]}01
    Error Should Be    *first: packet 1: *from byte 59 on: 00 and 01    Captures Should Have The Same Packets    ${CAPTURE}    ${OTHER}    tolerance=1
    Make Pairs    ${OTHER}    1700    5000
    Captures Should Have The Same Packets    ${CAPTURE}    ${OTHER}    port=net1
    # The order between ports is not the order at a port.
    Make Pairs    ${OTHER}    5000    1000
    Captures Should Have The Same Packets    ${CAPTURE}    ${OTHER}    tolerance=4 us
    Add Packet    net1    out    9000    ${FRAME}
    Write Capture    ${OTHER}
    Error Should Be    *first: no such packet\nsecond: packet 3: 0.000009000 s net1*    Captures Should Have The Same Packets    ${CAPTURE}    ${OTHER}    tolerance=4 us
    Captures Should Have The Same Packets    ${CAPTURE}    ${OTHER}    tolerance=4 us    before=0.000009
    Error Should Be    *tolerance is "some"; it must be a time*    Captures Should Have The Same Packets    ${CAPTURE}    ${OTHER}    some

Page Should Tell All Keywords
    [Documentation]    docs/robot-keywords.md is made of network.resource.
    ${result}=    Run Process    python3    ${SCRIPTS}/robot_keywords.py    --check    stderr=STDOUT
    Should Be Equal As Integers    ${result.rc}    0    ${result.stdout}

*** Keywords ***
Error Should Be
    [Documentation]    The keyword has to fail, with this error.
    [Arguments]    ${error}    @{keyword}    &{named}
    Run Keyword And Expect Error    ${error}    @{keyword}    &{named}

Make Two Nodes On A Network
    [Documentation]    Nodes echo and probe, not started. When they run, the probe sends 64 frames, and the echo node sends each back.
    [Arguments]    ${frames}=64    ${seed}=1
    ${built}=    Run Keyword And Return Status    File Should Exist    ${FIRMWARE}
    Skip If    not ${built}    build/baremetal/arm64/echo.elf is missing: scripts/build-baremetal.sh makes it
    Make Network    seed=${seed}
    # Virtual time does not wait for the host's.
    Execute Command    emulation SetGlobalAdvanceImmediately true
    FOR    ${name}    ${role}    ${mac}    IN    echo    0    02:00:00:00:00:01    probe    1    02:00:00:00:00:02
        Execute Command    mach clear
        Execute Command    set name "${name}"
        Execute Command    set mac "${mac}"
        Execute Command    set role ${role}
        Execute Command    set completion 1
        Execute Command    include @${SCRIPTS}/baremetal-node.resc
        Connect To Network    sysbus.pcie.net0    machine=${name}
    END
    ${PROBE}=    Create Terminal Tester    sysbus.uart0    machine=probe
    Set Test Variable    ${PROBE}
    ${address}=    Execute Command    sysbus GetSymbolAddress "option_frames"    machine=probe
    Execute Command    sysbus WriteDoubleWord ${address.strip()} ${frames}    machine=probe

Link Should Be
    [Arguments]    ${port}    @{lines}
    ${link}=    Execute Command    net GetLink "${port}"
    Should Be Equal    ${link.split("\n")[:2]}    ${lines}

Emulation Should Run
    [Arguments]    ${expected}
    ${is started}=    Execute Command    emulation IsStarted
    Should Be Equal    ${is started.strip()}    ${expected}

Time Should Be
    [Arguments]    ${expected}
    ${now}=    Get Virtual Time
    Should Be Equal As Numbers    ${{round($now, 9)}}    ${expected}

Make Packets
    [Documentation]    A capture with so many packets, a microsecond apart.
    [Arguments]    ${count}    @{comments}
    Begin Capture    net0
    FOR    ${i}    IN RANGE    1    ${count} + 1
        Add Packet    net0    out    ${i * 1000}    ${FRAME}    @{comments}
    END
    Write Capture    ${CAPTURE}

Make Pairs
    [Documentation]    A capture of two ports with a packet each, the first in the file being the earlier one.
    [Arguments]    ${path}    ${time 0}    ${time 1}    ${frame}=${FRAME}
    Begin Capture    net0    net1
    FOR    ${time}    ${port}    IN    @{{[y for x in sorted([(int($time_0), "net0"), (int($time_1), "net1")]) for y in x]}}
        Add Packet    ${port}    out    ${time}    ${frame}
    END
    Write Capture    ${path}

Make Varied Packets
    [Documentation]    A frame of each kind, delivered to net1 a microsecond after the other.
    Begin Capture    net0    net1
    ${from}=    Set Variable    02:00:00:00:00:01
    ${arp}=    Ethernet    0806    0001080006040001020000000001c0a86401000000000000c0a86402    destination=ff:ff:ff:ff:ff:ff
    ${own}=    Ethernet    88b5    48656c6c6f
    ${udp}=    Set Variable    ${FRAME[:-32]}${{16 * "ff"}}
    ${tcp}=    Ipv4    6    0bb80050000000000000000050100000000000006c656c6c6c
    ${ping}=    Ipv4    1    0800000000010001
    ${part}=    Ipv4    1    0800000000010001    fragment=1
    ${tagged}=    Ipv4    1    0000000000010001    source=192.168.100.9    destination=192.168.100.1
    ${name}=    Ipv6    0    1100000000000000 14e9003500080000
    ${neighbour}=    Ipv6    58    8700000000000000
    @{packets}=    Create List    ${arp}    ${own}    ${udp}
    FOR    ${ethertype}    ${content}    IN    0800    ${tcp}    0800    ${ping}eeee    0800    ${part}eeee    8100    200a0800${tagged}    86dd    ${name}
        ${packet}=    Ethernet    ${ethertype}    ${content}
        Append To List    ${packets}    ${packet}
    END
    ${packet}=    Ethernet    86dd    ${neighbour}    source=02:00:00:00:00:02
    Append To List    ${packets}    ${packet}    0200000000020200000000010800
    FOR    ${i}    ${packet}    IN ENUMERATE    @{packets}    start=1
        Add Packet    net1    out    ${i * 1000}    ${packet}
    END
    Write Capture    ${CAPTURE}
