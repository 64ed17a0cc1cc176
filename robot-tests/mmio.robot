# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     An unmodified Debian guest whose card is behind virtio-mmio, and a neighbour with a card on PCI.
Resource          common.resource

*** Variables ***
${PLATFORMS}      ${CURDIR}/../platforms
${DEVICE}         a000000.virtio_mmio

*** Test Cases ***
Should Bind The Driver
    [Tags]    rule:MMIO-01    rule:MMIO-02    rule:MMIO-13    rule:MMIO-14
    Boot With Version    2
    Card Should Run With    0x8020000130afffaf
    Provides    version-2

Should Carry 4 MiB Over TCP Each Way
    [Tags]    rule:H-121    rule:MMIO-03
    Requires    version-2
    Both Ways Should Carry    4

Should Survive Unbind And Bind
    [Tags]    rule:BASE-09    rule:MMIO-05
    Requires    version-2
    Driver Should Come Back

Should Bind The Driver Of Version 1
    [Documentation]    Linux drives it as a legacy device: no VERSION_1, ANY_LAYOUT instead.
    [Tags]    rule:MMIOL-01    rule:FEAT-13
    Boot With Version    1
    Card Should Run With    0x38afffef
    Provides    version-1

Should Carry 4 MiB Over TCP Each Way With Version 1
    [Tags]    rule:H-121    rule:MMIOL-01
    Requires    version-1
    Both Ways Should Carry    4

Should Survive Unbind And Bind With Version 1
    [Tags]    rule:BASE-09    rule:MMIOL-01
    Requires    version-1
    Driver Should Come Back

Should Survive Machine Reset
    [Tags]    rule:BASE-13    rule:H-107
    Execute Command    include @${SCRIPTS}/mmio-nodes.resc
    Create Testers
    Start Emulation
    Wait Until Guest Is Ready    ${NODE 1}
    Wait Until Guest Is Ready    ${NODE 2}
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    Execute Command    machine Reset    machine=node1
    Wait Until Guest Is Ready    ${NODE 1}
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}

*** Keywords ***
Boot With Version
    [Documentation]    node1 on the board without PCI, with a card of this version, and node2 on the one with PCI.
    [Arguments]    ${version}
    ${board}=    Set Variable    ${OUTPUT DIR}/mmio-${version}.repl
    ${ordinary}=    Normalize Path    ${PLATFORMS}/arm64-virt-mmio.repl
    Create File    ${board}    using "${ordinary}"\n\nnet0:\n${SPACE * 4}version: ${version}\n
    Execute Command    emulation CreateSwitch "switch"
    Add Node    node1    02:00:00:00:00:01    ${board}    ${GUEST}/arm64-virt-mmio.dtb
    Add Node    node2    02:00:00:00:00:02    ${PLATFORMS}/arm64-virt.repl    ${GUEST}/board.dtb
    Remove File    ${board}
    Create Testers
    Start Emulation
    Wait Until Guest Is Ready    ${NODE 1}
    Wait Until Guest Is Ready    ${NODE 2}

Add Node
    [Arguments]    ${name}    ${mac}    ${platform}    ${dtb}
    Execute Command    $name="${name}"
    Execute Command    $mac="${mac}"
    Execute Command    $platform=@${platform}
    Execute Command    $dtb=@${dtb}
    Execute Command    include @${SCRIPTS}/arm64-node.resc
    Execute Command    connector Connect net0 switch
    Execute Command    mach clear

Create Testers
    ${node1}=    Create Terminal Tester    sysbus.uart0    machine=node1    timeout=${GUEST_TIMEOUT}
    ${node2}=    Create Terminal Tester    sysbus.uart0    machine=node2    timeout=${GUEST_TIMEOUT}
    Set Suite Variable    ${NODE 1}    ${node1}
    Set Suite Variable    ${NODE 2}    ${node2}

Card Should Run With
    [Documentation]    SPI 16 is interrupt 48 of the GIC.
    [Arguments]    ${features}
    ${driver}=    Read From Guest    ${NODE 1}    basename $(readlink /sys/bus/virtio/devices/virtio0/driver)
    Should Be Equal    ${driver.strip()}    virtio_net
    ${driver}=    Read From Guest    ${NODE 1}    basename $(readlink /sys/devices/platform/${DEVICE}/driver)
    Should Be Equal    ${driver.strip()}    virtio-mmio
    Both Should Answer
    ${interrupts}=    Read From Guest    ${NODE 1}    grep virtio /proc/interrupts
    Should Match Regexp    ${interrupts}    [1-9][0-9]* +GICv3 +48 +Level +virtio0
    ${negotiated}=    Execute Command    sysbus.net0 DriverFeatures    machine=node1
    Should Be Equal    ${negotiated.strip()}    ${features}

Both Should Answer
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}

Both Ways Should Carry
    [Arguments]    ${mebibytes}
    Keep Less In Step
    Send Random Bytes    ${NODE 1}    ${NODE 2}    ${ADDRESS 2}    ${mebibytes}
    Send Random Bytes    ${NODE 2}    ${NODE 1}    ${ADDRESS 1}    ${mebibytes}

Driver Should Come Back
    [Documentation]    First the network driver is taken off the device and put back, then the device off the transport.
    FOR    ${i}    IN RANGE    2
        Run In Guest    ${NODE 1}    cd /sys/bus/virtio/drivers/virtio_net && echo virtio0 > unbind && echo virtio0 > bind && netup
        Both Should Answer
        Run In Guest    ${NODE 1}    cd /sys/bus/platform/drivers/virtio-mmio && echo ${DEVICE} > unbind && test ! -e /sys/class/net/eth0
        Run In Guest    ${NODE 1}    echo ${DEVICE} > /sys/bus/platform/drivers/virtio-mmio/bind && netup
        Both Should Answer
    END
