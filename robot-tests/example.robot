# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     The board of examples/own-board: one of Renode's own, with what a card needs added, as its README tells.
Library           Process
Resource          common.resource
Test Setup        Run Keywords    Skip Without Compiler    AND    Reset Emulation
Test Tags         rule:F-35

*** Variables ***
${EXAMPLE}        ${CURDIR}/../examples/own-board

*** Test Cases ***
Should Boot Linux That Finds The Card
    Create Example And Neighbour
    Start Emulation
    Wait Until Guest Is Ready    ${NODE}
    Wait Until Guest Is Ready    ${NEIGHBOUR}
    Value In Guest Should Be    tr -d '\\0' < /sys/firmware/devicetree/base/model    own-board
    Value In Guest Should Be    basename $(readlink /sys/bus/pci/devices/0000:00:01.0/virtio0/driver)    virtio_net
    Value In Guest Should Be    cat /sys/class/net/eth0/address    02:00:00:00:00:0a
    Interrupts Should Match    GICv3 +36 Level
    Provides    own-board

Should Ping A Neighbour
    Requires    own-board
    Ping Should Lose Nothing    ${NODE}    ${ADDRESS 2}
    Ping Should Lose Nothing    ${NEIGHBOUR}    192.168.100.10

Should Boot Again After A Reset
    [Documentation]    Booted anew, because the reset macro lives in the monitor and not in a snapshot.
    Create Example
    Start Emulation
    Wait Until Guest Is Ready    ${NODE}
    Execute Command    machine Reset    machine=own-board
    Wait Until Guest Is Ready    ${NODE}
    Value In Guest Should Be    cat /sys/class/net/eth0/address    02:00:00:00:00:0a

*** Keywords ***
Skip Without Compiler
    ${there}=    Evaluate    shutil.which('dtc')    modules=shutil
    Skip If    not $there    dtc is missing; install it (Debian: apt-get install device-tree-compiler)

Create Example
    [Documentation]    The commands of the README.
    ${dtb}=    Normalize Path    ${SCRATCH}/own-board.dtb
    Create Directory    ${SCRATCH}
    ${result}=    Run Process    dtc    -q    -I    dts    -O    dtb    -o    ${dtb}    ${EXAMPLE}/own-board.dts
    Should Be Equal As Integers    ${result.rc}    0    ${result.stderr}
    Execute Command    $dtb=@${dtb}
    Execute Command    include @${EXAMPLE}/own-board.resc
    Execute Command    mach clear
    ${node}=    Create Terminal Tester    sysbus.uart0    machine=own-board    timeout=${GUEST_TIMEOUT}
    Set Suite Variable    ${NODE}    ${node}

Create Example And Neighbour
    [Documentation]    The same, and a node of ours on its switch.
    Create Example
    Execute Command    $dtb=@${GUEST}/board.dtb
    Execute Command    $mac="02:00:00:00:00:02"
    Execute Command    include @${SCRIPTS}/arm64-node.resc
    Execute Command    connector Connect net0 switch
    ${neighbour}=    Create Terminal Tester    sysbus.uart0    machine=node    timeout=${GUEST_TIMEOUT}
    Set Suite Variable    ${NEIGHBOUR}    ${neighbour}
