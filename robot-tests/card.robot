*** Settings ***
Documentation     What one unmodified Debian guest sees of the card.
Resource          common.resource

*** Test Cases ***
Should Enumerate The Card
    [Documentation]    Linux finds the function where the platform put it, with ids, class and BARs of a modern virtio-net card.
    [Tags]    rule:PCI-01    rule:PCI-03    rule:PCI-04
    Create One Node
    Start Emulation
    Wait Until Guest Is Ready    ${NODE}
    ${device}=    Set Variable    /sys/bus/pci/devices/0000:00:01.0
    Value In Guest Should Be    cat ${device}/vendor    0x1af4
    Value In Guest Should Be    cat ${device}/device    0x1041
    Value In Guest Should Be    cat ${device}/class    0x020000
    Value In Guest Should Be    cat ${device}/revision    0x01
    Value In Guest Should Be    ls /sys/bus/pci/devices    0000:00:01.0
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
    # Every feature on offer is accepted: VERSION_1, EVENT_IDX, INDIRECT_DESC, STATUS, MRG_RXBUF, MAC, MTU.
    ${status}=    Execute Command    sysbus.pcie.net0 DeviceStatus
    Should Contain    ${status}    DriverOk
    ${features}=    Execute Command    sysbus.pcie.net0 DriverFeatures
    Should Be Equal    ${features.strip()}    0x130018028

Should Show A Cut Link
    [Tags]    rule:NET-17    rule:BASE-25
    Requires    booted-node
    Execute Command    sysbus.pcie.net0 LinkUp false
    Value In Guest Should Be    cat /sys/class/net/eth0/carrier    0
    Execute Command    sysbus.pcie.net0 LinkUp true
    Value In Guest Should Be    cat /sys/class/net/eth0/carrier    1

Should Use INTx
    [Tags]    rule:PCI-50    rule:PCI-52
    Requires    booted-node
    # Slot 1, INTA: line 1, SPI 4, that is interrupt 36 of the GIC.
    ${line}=    Read From Guest    ${NODE}    grep virtio0 /proc/interrupts
    Should Match Regexp    ${line}    GICv3 +36 +Level +virtio0

Should List Counters
    Requires    booted-node
    ${counters}=    Execute Command    sysbus.pcie.net0 GetCounters
    Should Contain    ${counters}    TxFrames
    Should Contain    ${counters}    RxDropOverruns

*** Keywords ***
Value In Guest Should Be
    [Arguments]    ${command}    ${expected}
    ${value}=    Read From Guest    ${NODE}    ${command}
    Should Be Equal    ${value.strip()}    ${expected}
