# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     PCI as a guest and the monitor may use it: resets, windows, several functions and hosts, cards that come and go.
Resource          common.resource

*** Variables ***
${BOARD}          ${CURDIR}/../platforms/arm64-virt.repl
${DEVICES}        /sys/bus/pci/devices
# What both nodes have beside the card of the board.
${SECOND CARD}    net1: Network.VirtioNetPci @ pcie 2

*** Test Cases ***
Should Reset The Function
    [Documentation]    Linux resets the function through its PCI Express capability: while no driver is bound, and while one is.
    [Tags]    rule:PCIH-08    rule:H-107
    Boot Two Nodes
    Value In Guest Should Be    ${NODE 1}    cat ${DEVICES}/0000:00:01.0/reset_method    flr
    FOR    ${i}    IN RANGE    2
        Driver Should    ${NODE 1}    unbind
        Run In Guest    ${NODE 1}    echo 1 > ${DEVICES}/0000:00:01.0/reset
        Driver Should    ${NODE 1}    bind
        Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    END
    Run In Guest    ${NODE 1}    echo 1 > ${DEVICES}/0000:00:01.0/reset
    ${status}=    Execute Command    sysbus.pcie.net0 DeviceStatus    machine=node1
    Should Be Equal    ${status.strip()}    None
    Driver Should    ${NODE 1}    unbind
    Driver Should    ${NODE 1}    bind
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}

Should Work Above 4 GiB
    [Documentation]    Declared as plain memory, the window above 4 GiB gets the card's 64-bit BAR; the 32-bit one stays below.
    [Tags]    rule:H-109
    ${tree}=    Get Binary File    ${GUEST}/board.dtb
    ${plain}=    Evaluate    $tree.replace(bytes([0x43, 0, 0, 0, 0, 0, 0, 0x80]), bytes([0x03, 0, 0, 0, 0, 0, 0, 0x80]))
    Should Not Be Equal    ${plain}    ${tree}
    Create Binary File    ${SCRATCH}/plain-window.dtb    ${plain}
    Execute Command    $dtb=@${SCRATCH}/plain-window.dtb
    Boot Two Nodes
    Bar Should Be At    4    0x000000800[0-9a-f]{3}[048c]000
    Bar Should Be At    1    0x00000000[1-3][0-9a-f]{4}000
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}

Should Tell Several Cards Apart
    [Documentation]    Cards in slots 1 and 2 and two functions of slot 3; a switch for each connects it to the same card of the other node.
    [Tags]    rule:PCIH-06
    ${cards}=    Catenate    SEPARATOR=\n
    ...    using "${{os.path.normpath($BOARD)}}"
    ...    ${SECOND CARD}
    ...    net2: Network.VirtioNetPci @ pcie 3
    ...    net3: Network.VirtioNetPci @ pcie new PCI.PciRegistration { slot: 3; function: 1 }
    Create File    ${SCRATCH}/four-cards.repl    ${cards}\n
    Execute Command    $platform=@${SCRATCH}/four-cards.repl
    Create Two Nodes
    FOR    ${number}    IN RANGE    1    4
        Wire Cards    ${number}    pcie.net${number}
    END
    Start Emulation
    Wait Until Guest Is Ready    ${NODE 1}
    Wait Until Guest Is Ready    ${NODE 2}
    Value In Guest Should Be    ${NODE 1}    echo $(ls ${DEVICES})    0000:00:01.0 0000:00:02.0 0000:00:03.0 0000:00:03.1
    FOR    ${number}    ${place}    IN ENUMERATE    01.0    02.0    03.0    03.1
        Value In Guest Should Be    ${NODE 1}    basename ${DEVICES}/0000:00:${place}/virtio*/net/*    eth${number}
        Wire Should Carry    ${number}
    END

Should Serve Two Hosts
    [Documentation]    Two domains with the same PCI addresses, each with windows and interrupt lines of its own.
    [Tags]    rule:PCI-51
    Execute Command    $platform=@${CURDIR}/../platforms/arm64-two-hosts.repl
    Execute Command    $dtb=@${GUEST}/two-hosts.dtb
    Create Two Nodes
    Wire Cards    1    pcie1.net1
    Start Emulation
    Wait Until Guest Is Ready    ${NODE 1}
    Wait Until Guest Is Ready    ${NODE 2}
    Value In Guest Should Be    ${NODE 1}    echo $(ls ${DEVICES})    0000:00:01.0 0001:00:01.0
    ${bar}=    Read From Guest    ${NODE 1}    sed -n 5p ${DEVICES}/0001:00:01.0/resource
    Should Match Regexp    ${bar}    ^0x000000000c[0-9a-f]{6} 
    # Slot 1, INTA is line 1, SPI 8, that is interrupt 40 of the GIC.
    ${interrupts}=    Read From Guest    ${NODE 1}    grep virtio1 /proc/interrupts
    Should Match Regexp    ${interrupts}    GICv3 +40 +Level +virtio1
    Wire Should Carry    1
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}

Should Take A Card In And Let It Go
    [Documentation]    The bus has no hot-plug controller, so the guest is told to rescan it and to remove the device.
    [Tags]    rule:H-120
    Boot Two Nodes
    Execute Command    emulation CreateSwitch "wire1"
    FOR    ${i}    IN RANGE    2
        Plug Second Cards
        Wire Should Carry    1
        FOR    ${number}    IN    1    2
            Run In Guest    ${NODE ${number}}    echo 1 > ${DEVICES}/0000:00:02.0/remove && test ! -e /sys/class/net/eth1
            Execute Command    sysbus.pcie Unplug "net1"    machine=node${number}
            Run In Guest    ${NODE ${number}}    echo 1 > /sys/bus/pci/rescan && test ! -e ${DEVICES}/0000:00:02.0
        END
        Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    END

Should Survive A Card Torn Out
    [Documentation]    The guest is not told, and is sending over the card. Its other card goes on, and so does the guest.
    [Tags]    rule:H-120    rule:PCIH-02
    Boot Two Nodes
    Execute Command    emulation CreateSwitch "wire1"
    Plug Second Cards
    Wire Should Carry    1
    Run In Guest    ${NODE 1}    (ping -i 0.05 10.0.1.2 > /dev/null &)
    Run In Guest    ${NODE 2}    (ping -i 0.05 10.0.1.1 > /dev/null &)
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    Execute Command    sysbus.pcie Unplug "net1"    machine=node1
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}    20
    Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}
    # The vendor ID of an empty slot reads all ones.
    Value In Guest Should Be    ${NODE 1}    dd if=${DEVICES}/0000:00:02.0/config bs=2 count=1 2> /dev/null | hexdump -v -e '1/2 "%04x"'    ffff

Should Say What Cannot Be Unplugged
    Create One Node
    Run Keyword And Expect Error    *There is no "net7" on this PCI bus: on it are net0*    Execute Command    sysbus.pcie Unplug "net7"
    Execute Command    sysbus.pcie Unplug "sysbus.pcie.net0"
    Run Keyword And Expect Error    *There is no "net0" on this PCI bus: it is empty*    Execute Command    sysbus.pcie Unplug "net0"

*** Keywords ***
Value In Guest Should Be
    [Arguments]    ${node}    ${command}    ${expected}
    ${value}=    Read From Guest    ${node}    ${command}
    Should Be Equal    ${value.strip()}    ${expected}

Driver Should
    [Arguments]    ${node}    ${action}
    Run In Guest    ${node}    echo 0000:00:01.0 > /sys/bus/pci/drivers/virtio-pci/${action} && netup

Bar Should Be At
    [Arguments]    ${bar}    ${pattern}
    ${line}=    Evaluate    ${bar} + 1
    ${range}=    Read From Guest    ${NODE 1}    sed -n ${line}p ${DEVICES}/0000:00:01.0/resource
    Should Match Regexp    ${range}    ^${pattern} 

Wire Cards
    [Documentation]    Connects a card of each node to a switch that nobody else is on.
    [Arguments]    ${number}    ${card}
    Execute Command    emulation CreateSwitch "wire${number}"
    Execute Command    connector Connect sysbus.${card} wire${number}    machine=node1
    Execute Command    connector Connect sysbus.${card} wire${number}    machine=node2

Plug Second Cards
    [Documentation]    Adds the second card to both running machines, and connects both to wire1.
    FOR    ${number}    IN    1    2
        Execute Command    machine LoadPlatformDescriptionFromString "${SECOND CARD}"    machine=node${number}
        Execute Command    connector Connect sysbus.pcie.net1 wire1    machine=node${number}
        Run In Guest    ${NODE ${number}}    echo 1 > /sys/bus/pci/rescan && test -e /sys/class/net/eth1
    END

Wire Should Carry
    [Documentation]    Interface eth<number> of both nodes is on wire<number>: they can ping each other in an IP network of their own.
    [Arguments]    ${number}
    FOR    ${host}    IN    1    2
        Run In Guest    ${NODE ${host}}    ip link set eth${number} up; ip address flush dev eth${number}; ip address add 10.0.${number}.${host}/24 dev eth${number}
    END
    Ping Should Lose Nothing    ${NODE 1}    10.0.${number}.2
    Ping Should Lose Nothing    ${NODE 2}    10.0.${number}.1
