# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     What one unmodified Debian guest sees of the card.
Resource          common.resource

*** Test Cases ***
Should Enumerate The Card
    [Documentation]    Linux finds the function where the platform put it, with ids, class and BARs of a transitional virtio-net card.
    [Tags]    rule:PCI-01    rule:PCI-03    rule:LEG-01    rule:LEG-03    rule:LEG-04
    Create One Node
    Start Emulation
    Wait Until Guest Is Ready    ${NODE}
    ${device}=    Set Variable    /sys/bus/pci/devices/0000:00:01.0
    Value In Guest Should Be    cat ${device}/vendor    0x1af4
    Value In Guest Should Be    cat ${device}/device    0x1000
    Value In Guest Should Be    cat ${device}/class    0x020000
    Value In Guest Should Be    cat ${device}/revision    0x00
    Value In Guest Should Be    ls /sys/bus/pci/devices    0000:00:01.0
    # BAR 0, 64 ports.
    ${bar}=    Read From Guest    ${NODE}    sed -n 1p ${device}/resource
    Should Match Regexp    ${bar}    ^0x000000000000[0-9a-f]{2}[048c]0 0x000000000000[0-9a-f]{2}[37bf]f 0x0000000000040101
    # BAR 4, 16 KiB of 64-bit memory, placed by Linux inside the host's window.
    ${bar}=    Read From Guest    ${NODE}    sed -n 5p ${device}/resource
    Should Match Regexp    ${bar}    ^0x00000000[1-3][0-9a-f]{3}[048c]000 0x00000000[1-3][0-9a-f]{3}[37bf]fff 0x0000000000140204
    ${peripheral}=    Execute Command    sysbus WhatPeripheralIsAt ${bar.split()[0]}
    Should Contain    ${peripheral}    PcieEcamHost
    Provides    booted-node

Should Bind The Driver
    [Tags]    rule:BASE-06
    Requires    booted-node
    Value In Guest Should Be    basename $(readlink /sys/bus/virtio/devices/virtio0/driver)    virtio_net
    Value In Guest Should Be    cat /sys/class/net/eth0/address    02:00:00:00:00:01
    Value In Guest Should Be    cat /sys/class/net/eth0/mtu    1500
    Value In Guest Should Be    cat /sys/class/net/eth0/carrier    1
    # Every feature on offer is accepted, but USO, which this Linux does not know.
    ${status}=    Execute Command    sysbus.pcie.net0 DeviceStatus
    Should Contain    ${status}    DriverOk
    ${features}=    Execute Command    sysbus.pcie.net0 DriverFeatures
    Should Be Equal    ${features.strip()}    0x8020010130afffaf

Should Show A Cut Link
    [Tags]    rule:NET-17    rule:BASE-25
    Requires    booted-node
    Execute Command    sysbus.pcie.net0 LinkUp false
    Value In Guest Should Be    cat /sys/class/net/eth0/carrier    0
    Execute Command    sysbus.pcie.net0 LinkUp true
    Value In Guest Should Be    cat /sys/class/net/eth0/carrier    1

Should Use A Vector For Each Queue
    [Documentation]    The first of the three ways in which Linux asks for interrupts, and the default of the card.
    [Tags]    rule:PCI-68    rule:PCI-69    rule:PCI-71
    Requires    booted-node
    Interrupts Should Match    virtio0-config.*virtio0-input\\.0.*virtio0-output\\.0

Should List Counters
    Requires    booted-node
    ${counters}=    Execute Command    sysbus.pcie.net0 GetCounters
    Should Contain    ${counters}    TxFrames
    Should Contain    ${counters}    RxDropOverruns

Should Lose No Character Typed While The Guest Prints
    [Documentation]    Needs reg-io-width = <4> in the device tree: narrower accesses to Renode's UART would swallow typed characters.
    Requires    booted-node
    ${text}=    Evaluate    'abcdefghijklmnopqrstuvwxyz' * 4
    Run In Guest    ${NODE}    while :; do echo ${text}; done & true
    FOR    ${i}    IN RANGE    10
        Run In Guest    ${NODE}    test ${text} = ${text}
    END

Should Share One Vector Between Queues
    [Documentation]    The second way: too few vectors for all queues, so one for the configuration and one for the rest.
    [Tags]    rule:PCI-69
    Boot With Vectors    2
    Interrupts Should Match    virtio0-config.*virtio0-virtqueues
    Neighbour Should Answer

Should Use INTx
    [Documentation]    The third way: slot 1, INTA is line 1, SPI 4, that is interrupt 36 of the GIC.
    [Tags]    rule:PCI-50    rule:PCI-52
    Boot With Vectors    0
    Interrupts Should Match    GICv3 +36 +Level +virtio0
    Neighbour Should Answer

*** Keywords ***
Boot With Vectors
    [Documentation]    Two nodes, each with a card that has so many vectors.
    [Arguments]    ${vectors}
    Boot Two Nodes With Card    vectors: ${vectors}

Neighbour Should Answer
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
