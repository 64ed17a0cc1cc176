# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     The same Debian guest on the legacy interface: told to use it by a module parameter, or on a card that has no other.
Resource          common.resource

*** Variables ***
${DEVICE}         /sys/bus/pci/devices/0000:00:01.0

*** Test Cases ***
Should Use A Vector For Each Queue
    [Tags]    rule:LEG-06    rule:LEG-09    rule:PCI-69
    Boot Told To Use The Legacy Interface    vectors: 4
    Interrupts Should Match    virtio0-config.*virtio0-input\\.0.*virtio0-output\\.0
    Card Should Be    0x1000    0x00
    Frames Should Pass Both Ways

Should Share One Vector Between Queues
    [Tags]    rule:LEG-06    rule:LEG-09    rule:PCI-69
    Boot Told To Use The Legacy Interface    vectors: 2
    Interrupts Should Match    virtio0-config.*virtio0-virtqueues
    Card Should Be    0x1000    0x00
    Frames Should Pass Both Ways

Should Use INTx
    [Documentation]    Slot 1, INTA is line 1, SPI 4, that is interrupt 36 of the GIC.
    [Tags]    rule:LEG-09    rule:PCI-50    rule:PCI-52
    Boot Told To Use The Legacy Interface    vectors: 0
    Interrupts Should Match    GICv3 +36 +Level +virtio0
    Card Should Be    0x1000    0x00
    Frames Should Pass Both Ways

Should Drive A Card That Has No Other Interface
    [Tags]    rule:LEG-10    rule:BASE-11    rule:BASE-12
    Boot Two Nodes With Card    mode: "legacy"
    Value In Guest Should Be    cat /sys/module/virtio_pci/parameters/force_legacy    N
    Card Should Be    0x1000    0x00
    Card Should Have Ports
    Value In Guest Should Be    sed -n 5p ${DEVICE}/resource    0x0000000000000000 0x0000000000000000 0x0000000000000000
    Frames Should Pass Both Ways

Should Leave A Modern Card To The Modern Driver
    [Documentation]    The same kernel, told to prefer the legacy interface, finds that there is none.
    [Tags]    rule:BASE-11    rule:PCI-02    rule:PCI-04
    Execute Command    $bootargs="virtio_pci.force_legacy=1"
    Boot Two Nodes With Card    mode: "modern"
    Card Should Be    0x1041    0x01
    Value In Guest Should Be    sed -n 1p ${DEVICE}/resource    0x0000000000000000 0x0000000000000000 0x0000000000000000
    Frames Should Pass Both Ways

*** Keywords ***
Boot Told To Use The Legacy Interface
    [Arguments]    ${property}
    Execute Command    $bootargs="virtio_pci.force_legacy=1"
    Boot Two Nodes With Card    ${property}
    Value In Guest Should Be    cat /sys/module/virtio_pci/parameters/force_legacy    Y
    Card Should Have Ports

Card Should Be
    [Documentation]    A modern card has negotiated VERSION_1; any other ANY_LAYOUT instead, which only the legacy interface offers.
    [Arguments]    ${id}    ${revision}
    Value In Guest Should Be    cat ${DEVICE}/device    ${id}
    Value In Guest Should Be    cat ${DEVICE}/revision    ${revision}
    Value In Guest Should Be    basename $(readlink /sys/bus/virtio/devices/virtio0/driver)    virtio_net
    Value In Guest Should Be    cat /sys/class/net/eth0/address    02:00:00:00:00:01
    FOR    ${node}    IN    node1    node2
        ${features}=    Execute Command    sysbus.pcie.net0 DriverFeatures    machine=${node}
        ${agreed}=    Evaluate    [(${features.strip()} >> bit) & 1 for bit in (27, 32)]
        ${expected}=    Evaluate    [0, 1] if "${id}" == "0x1041" else [1, 0]
        Should Be Equal    ${agreed}    ${expected}
        ${status}=    Execute Command    sysbus.pcie.net0 DeviceStatus    machine=${node}
        Should Contain    ${status}    DriverOk
    END

Card Should Have Ports
    ${bar}=    Read From Guest    ${NODE}    sed -n 1p ${DEVICE}/resource
    Should Match Regexp    ${bar}    ^0x000000000000[0-9a-f]{2}[048c]0 0x000000000000[0-9a-f]{2}[37bf]f 0x0000000000040101

Frames Should Pass Both Ways
    [Documentation]    Pings and TCP; then the driver lets go of the card and takes it again, three times over.
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}
    Keep Less In Step
    Send Random Bytes    ${NODE 1}    ${NODE 2}    ${ADDRESS 2}    2
    Send Random Bytes    ${NODE 2}    ${NODE 1}    ${ADDRESS 1}    2
    FOR    ${i}    IN RANGE    3
        Run In Guest    ${NODE 1}    cd /sys/bus/pci/drivers/virtio-pci && echo 0000:00:01.0 > unbind && test ! -e /sys/class/net/eth0 && echo 0000:00:01.0 > bind && netup
        Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    END
