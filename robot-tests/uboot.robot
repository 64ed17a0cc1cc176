# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     Debian's U-Boot boots from the network. It polls: no interrupt is ever enabled.
Resource          common.resource
Suite Setup       Run Keywords    Setup    AND    Execute Command    include @${CURDIR}/BootServer.cs

*** Variables ***
${FIRMWARE}       ${CURDIR}/../build/guest/arm64-firmware
${SERVER}         192.168.100.10
${LEASE}          192.168.100.11
${SIZE}           4194304

*** Test Cases ***
Should Load A File
    [Documentation]    By the id of a transitional card U-Boot takes its legacy driver. It accepts no feature but the MAC address: one buffer a frame.
    [Tags]    rule:BASE-06    rule:NET-34    rule:H-105
    [Template]    File Should Arrive
    # the card's line in the .repl    PCI device id    U-Boot's driver
    vectors: 0    0x1000    virtio-pci.l
    mode: "legacy"    0x1000    virtio-pci.l
    mode: "modern"    0x1041    virtio-pci.m

Should Load A File Again After Machine Reset
    [Documentation]    In the middle of a transfer.
    [Tags]    rule:BASE-13    rule:H-107
    Start U-Boot
    Lease Address
    Tell U-Boot    tftpboot 0x42000000 boot.img
    Wait For Prompt On Uart    \#\#\#\#\#\#\#\#
    Execute Command    machine Reset
    Wait For Prompt On Uart    =>${SPACE}
    Lease Address
    Load File

Should Boot Linux From The Network
    [Documentation]    Linux takes over the card that the firmware has driven.
    [Tags]    rule:BASE-09
    Start U-Boot
    Execute Command    server ServeFile @${GUEST}/Image "Image"
    Execute Command    server ServeFile @${GUEST}/initramfs.cpio.gz "initramfs"
    Lease Address
    Fetch    Image    0x40200000
    Fetch    initramfs    0x48000000
    # The board's CPU is slow because U-Boot polls (platforms/arm64-firmware.repl); Linux does not.
    Execute Command    sysbus.cpu PerformanceInMips 100
    Tell U-Boot    booti 0x40200000 0x48000000:$filesize $fdtcontroladdr
    Wait For Line On Uart    guest ready    timeout=${BOOT_TIMEOUT}
    Wait For Prompt On Uart    guest#
    Start In Guest    ${NODE}    ping -c 5 -i 0.2 -W 5 ${SERVER}
    Wait For Line On Uart    5 packets transmitted, 5 packets received, 0% packet loss
    Wait For Exit    ${NODE}

*** Keywords ***
File Should Arrive
    [Arguments]    ${card line}    ${device id}    ${driver}
    Start U-Boot    ${card line}
    Tell U-Boot    pci
    Wait For Line On Uart    00\\.01\\.00 +0x1af4 +${device id} +Network controller    treatAsRegex=True
    Tell U-Boot    dm tree
    Wait For Line On Uart    virtio +0 +\\[ \\+ \\] +${driver}    treatAsRegex=True
    Lease Address
    Load File
    ${counters}=    Execute Command    sysbus.pcie.net0 GetCounters
    Should Match Regexp    ${counters}    RxDropOverruns *\\|0 *\\|
    ${blocks}=    Execute Command    server DataBlocks
    # 1468 bytes each, and a last one that is shorter: none was sent twice.
    Should Be Equal As Integers    ${blocks}    ${{${SIZE} // 1468 + 1}}
    Execute Command    Clear

Start U-Boot
    [Documentation]    A board with U-Boot, and a server with a file of random bytes, on a switch.
    [Arguments]    ${card line}=vectors: 4
    ${file}=    Set Variable    ${RESULTS DIRECTORY}/virtio-net-boot.img
    Evaluate    pathlib.Path($file).write_bytes(random.Random(1).randbytes(${SIZE}))    modules=pathlib,random
    ${crc}=    Evaluate    '%08x' % zlib.crc32(pathlib.Path($file).read_bytes())    modules=pathlib,zlib
    Set Test Variable    ${CRC}    ${crc}
    ${firmware board}=    Normalize Path    ${CURDIR}/../platforms/arm64-firmware.repl
    ${board}=    Set Variable    ${RESULTS DIRECTORY}/virtio-net-firmware.repl
    Create File    ${board}    using "${firmware board}"\n\nnet0:\n${SPACE * 4}${card line}\n
    Execute Command    $platform=@${board}
    Execute Command    include @${SCRIPTS}/uboot-node.resc
    Execute Command    emulation CreateSwitch "switch"
    Execute Command    emulation CreateBootServer "server" "${SERVER}"
    Execute Command    server ServeFile @${file} "boot.img"
    Execute Command    connector Connect server switch
    Execute Command    connector Connect sysbus.pcie.net0 switch
    ${node}=    Create Terminal Tester    sysbus.uart0    timeout=${GUEST_TIMEOUT}
    Set Test Variable    ${NODE}    ${node}
    Start Emulation
    Wait For Prompt On Uart    =>${SPACE}

Tell U-Boot
    [Arguments]    ${command}
    Write Line To Uart    ${command}

Lease Address
    Tell U-Boot    setenv autoload no; dhcp
    Wait For Line On Uart    DHCP client bound to address ${LEASE}
    Wait For Prompt On Uart    =>${SPACE}

Fetch
    [Arguments]    ${name}    ${address}
    Tell U-Boot    tftpboot ${address} ${name}
    Wait For Line On Uart    Bytes transferred =
    Wait For Prompt On Uart    =>${SPACE}

Load File
    [Documentation]    4 MiB over TFTP, which arrive whole.
    Fetch    boot.img    0x42000000
    Tell U-Boot    crc32 0x42000000 $filesize
    Wait For Line On Uart    crc32 for 42000000 ... 423fffff ==> ${CRC}
    Wait For Prompt On Uart    =>${SPACE}
