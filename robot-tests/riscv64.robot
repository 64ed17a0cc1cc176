# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     Debian's riscv64 kernel, entered from OpenSBI, and an arm64 node as its neighbour.
Resource          common.resource
Test Setup        Run Keywords    Skip Without Guest    AND    Reset Emulation

*** Test Cases ***
Should Bind The Driver
    [Documentation]    INTx is all that the board offers: slot 1, INTA is line 1, source 33 of the PLIC.
    [Tags]    rule:PCI-50    rule:PCI-52    rule:BASE-06
    Create Riscv Node And Neighbour
    Start Emulation
    Wait Until Guest Is Ready    ${NODE 1}
    Wait Until Guest Is Ready    ${NODE 2}
    Value Should Be    uname -m    riscv64
    Value Should Be    basename $(readlink /sys/bus/virtio/devices/virtio0/driver)    virtio_net
    Value Should Be    cat /sys/class/net/eth0/address    02:00:00:00:00:01
    ${interrupts}=    Read From Guest    ${NODE 1}    grep virtio /proc/interrupts
    Should Match Regexp    ${interrupts}    SiFive PLIC +33 .*virtio0
    Provides    riscv64-and-arm64

Should Ping Another Architecture
    Requires    riscv64-and-arm64
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}

Should Carry 2 MiB Over TCP Each Way
    [Tags]    rule:SPLIT-19    rule:NET-39
    Requires    riscv64-and-arm64
    Send Random Bytes    ${NODE 1}    ${NODE 2}    ${ADDRESS 2}    2
    Send Random Bytes    ${NODE 2}    ${NODE 1}    ${ADDRESS 1}    2

*** Keywords ***
Skip Without Guest
    ${built}=    Evaluate    os.path.exists(r'${CURDIR}/../build/guest/riscv64/Image')    modules=os
    Skip If    not ${built}    there is no riscv64 guest; scripts/build-guest.sh --arch riscv64 makes it

Create Riscv Node And Neighbour
    Execute Command    emulation CreateSwitch "switch"
    FOR    ${arch}    ${name}    ${mac}    IN
    ...    riscv64    node1    02:00:00:00:00:01
    ...    arm64    node2    02:00:00:00:00:02
        Execute Command    $name="${name}"
        Execute Command    $mac="${mac}"
        # Both scripts have these, and the first one's values would stay.
        Execute Command    $platform=@${CURDIR}/../platforms/${arch}-virt.repl
        Execute Command    $kernel=@${CURDIR}/../build/guest/${arch}/Image
        Execute Command    $initrd=@${CURDIR}/../build/guest/${arch}/initramfs.cpio.gz
        Execute Command    $dtb=@${CURDIR}/../build/guest/${arch}/board.dtb
        Execute Command    include @${SCRIPTS}/${arch}-node.resc
        Execute Command    connector Connect sysbus.pcie.net0 switch
        Execute Command    mach clear
    END
    ${node1}=    Create Terminal Tester    sysbus.uart0    machine=node1    timeout=${GUEST_TIMEOUT}
    ${node2}=    Create Terminal Tester    sysbus.uart0    machine=node2    timeout=${GUEST_TIMEOUT}
    Set Suite Variable    ${NODE 1}    ${node1}
    Set Suite Variable    ${NODE 2}    ${node2}

Value Should Be
    [Arguments]    ${command}    ${expected}
    ${value}=    Read From Guest    ${NODE 1}    ${command}
    Should Be Equal    ${value.strip()}    ${expected}
