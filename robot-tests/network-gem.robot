# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     A card of ours and another model of Renode's on one network, each driven by Linux: node1 has a virtio-net card, node2 a Cadence GEM, which
...               takes finished frames of its own MTU only.
Library           Process
Resource          common.resource
Resource          network.resource

*** Variables ***
# The cloud kernel has no driver for it.
${GEM GUEST}      ${GUEST}-arm64
${CAPTURE}        ${SCRATCH}/gem.pcapng

*** Test Cases ***
Should Give Finished Frames To Another Card
    [Documentation]    What node1 sends in large packets reaches the GEM as frames of 1514 bytes, each checksum right: node2's kernel and tshark say so.
    Boot Card And GEM
    Keep Less In Step
    Capture Network    ${CAPTURE}    ports node2
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    Send Random Bytes    ${NODE 1}    ${NODE 2}    ${ADDRESS 2}    4
    Send Random Bytes    ${NODE 2}    ${NODE 1}    ${ADDRESS 1}    4
    Stop Capture
    ${packets}=    Get Counter    node1    in    Packets
    ${frames}=    Get Counter    node1    in    Frames
    Should Be True    ${packets} < ${frames}    node1 has sent no large packet
    Drops Should Be    0
    Expect Frames    ${CAPTURE}    port=node2    length=1514    at_least=2000
    Expect No Frames    ${CAPTURE}    direction=both    length=1515..65535
    ${wrong}=    Read From Guest    ${NODE 2}    grep Tcp: /proc/net/snmp | tail -n 1 | cut -d' ' -f14,16
    Should Be Equal    ${wrong.strip()}    0 0    InErrs and InCsumErrors of node2's kernel: ${wrong}
    Checksums Should Be Right

*** Keywords ***
Boot Card And GEM
    ${is there}=    Run Keyword And Return Status    File Should Exist    ${GEM GUEST}/gem.dtb
    Skip If    not ${is there}    ${GEM GUEST} is missing, whose kernel drives Cadence's GEM: scripts/build-guest.sh --flavour arm64 makes it
    Make Network
    Execute Command    set create "emulation CreateNode"
    ${node1}=    Add Node    node1    02:00:00:00:00:01
    Execute Command    $kernel=@${GEM GUEST}/Image
    Execute Command    $initrd=@${GEM GUEST}/initramfs.cpio.gz
    Execute Command    $dtb=@${GEM GUEST}/gem.dtb
    Execute Command    $platform=@${CURDIR}/../platforms/arm64-gem.repl
    ${node2}=    Add Node    node2    02:00:00:00:00:02
    Set Suite Variable    ${NODE 1}    ${node1}
    Set Suite Variable    ${NODE 2}    ${node2}
    Execute Command    emulation SetGlobalAdvanceImmediately true
    Start Emulation
    Wait Until Guest Is Ready    ${NODE 1}
    Wait Until Guest Is Ready    ${NODE 2}

Add Node
    [Arguments]    ${name}    ${mac}
    Execute Command    set name "${name}"
    Execute Command    set mac "${mac}"
    Execute Command    include @${SCRIPTS}/arm64-node.resc
    Connect To Network    net0    machine=${name}
    ${node}=    Create Terminal Tester    sysbus.uart0    machine=${name}    timeout=${GUEST_TIMEOUT}
    Execute Command    mach clear
    RETURN    ${node}

Checksums Should Be Right
    [Documentation]    tshark computes each checksum of IPv4, ICMP and TCP anew, and has to find them all, and all good.
    ${tshark}=    Evaluate    shutil.which("tshark")    modules=shutil
    Skip If    $tshark is None    tshark is missing, which checks each frame's checksums; all that needs no tshark has passed
    ${frames}=    Get Frames    ${CAPTURE}    direction=both    protocol=tcp
    ${good}=    Count With Tshark    ip.checksum.status == "Good" && tcp.checksum.status == "Good"
    Should Be Equal As Integers    ${good}    ${{len($frames)}}
    ${bad}=    Count With Tshark    ip.checksum.status == "Bad" || tcp.checksum.status == "Bad" || icmp.checksum.status == "Bad"
    Should Be Equal As Integers    ${bad}    0

Count With Tshark
    [Arguments]    ${filter}
    ${result}=    Run Process    tshark    -n    -r    ${CAPTURE}    -o    ip.check_checksum:TRUE    -o    tcp.check_checksum:TRUE    -Y    ${filter}    -T    fields    -e    frame.number    stdout=${SCRATCH}/tshark.txt    stderr=${SCRATCH}/tshark-errors.txt
    ${errors}=    Get File    ${SCRATCH}/tshark-errors.txt
    Should Be Equal As Integers    ${result.rc}    0    ${errors}
    ${lines}=    Get File    ${SCRATCH}/tshark.txt
    RETURN    ${{len($lines.split())}}
