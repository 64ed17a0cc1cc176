# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     Debian's edk2 (UEFI) boots from the network by PXE. It polls, with a driver of its own.
Resource          common.resource
Suite Setup       Run Keywords    Setup    AND    Execute Command    include @${CURDIR}/BootServer.cs

*** Variables ***
${SERVER}         192.168.100.10
${LEASE}          192.168.100.11
${SIZE}           4194304

*** Test Cases ***
Should Download A Boot File By PXE
    [Documentation]    The file is no program, so that the boot ends here. Each of its packets has a checksum, which edk2 checks.
    [Tags]    rule:BASE-06    rule:NET-34
    [Template]    File Should Arrive
    # the card's line in the .repl    features: MAC and STATUS, and VERSION_1
    mode: "transitional"    0x10020
    mode: "modern"    0x100010020

*** Keywords ***
File Should Arrive
    [Arguments]    ${card}    ${expected}
    ${file}=    Set Variable    ${RESULTS DIRECTORY}/virtio-net-pxe.img
    Evaluate    pathlib.Path($file).write_bytes(random.Random(1).randbytes(${SIZE}))    modules=pathlib,random
    ${edk2 board}=    Normalize Path    ${CURDIR}/../platforms/arm64-edk2.repl
    ${board}=    Set Variable    ${RESULTS DIRECTORY}/virtio-net-edk2.repl
    Create File    ${board}    using "${edk2 board}"\n\nnet0:\n${SPACE * 4}${card}\n
    Execute Command    $platform=@${board}
    Execute Command    include @${SCRIPTS}/edk2-node.resc
    Execute Command    emulation CreateSwitch "switch"
    Execute Command    emulation CreateBootServer "server" "${SERVER}"
    Execute Command    server ServeFile @${file} "boot.img"
    Execute Command    connector Connect server switch
    Execute Command    connector Connect sysbus.pcie.net0 switch
    Create Terminal Tester    sysbus.uart0    timeout=${GUEST_TIMEOUT}
    Start Emulation
    Wait For Line On Uart    Start PXE over IPv4
    Wait For Line On Uart    Station IP address is ${LEASE}
    Wait For Line On Uart    NBP filesize is ${SIZE} Bytes
    Wait For Line On Uart    NBP file downloaded successfully
    ${features}=    Execute Command    sysbus.pcie.net0 DriverFeatures
    Should Be Equal    ${features.strip()}    ${expected}
    Execute Command    Clear
