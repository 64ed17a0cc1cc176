# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     The plugin becomes known to Renode in each way that it is shipped.
Library           RenodeProcess.py
Library           String
Resource          common.resource
Test Teardown     Run Keywords    Stop All Renodes    Test Teardown

*** Variables ***
${BOARD}          ${CURDIR}/../platforms/arm64-virt.repl
@{USE CARD}       mach create "board"    machine LoadPlatformDescription @${BOARD}    sysbus ReadDoubleWord 0x3f008000
# Device and vendor id, read through bus and host.
${IDS}            0x10001AF4

*** Test Cases ***
Should Load From Sources
    [Tags]    rule:F-39
    [Documentation]    All sources, compiled by Renode itself. In a Renode of its own, because nothing unloads a plugin.
    ${output}=    Run Renode    include @${SCRIPTS}/include-sources.resc    @{USE CARD}
    Should Contain    ${output}    compiling the sources
    Should Contain    ${output}    ${IDS}

Should Load From A Folder With Spaces
    [Documentation]    A checkout without a prebuilt library, in a folder whose name has spaces and a quote.
    ${folder}=    Set Variable    ${SCRATCH}/a user's check out
    Remove Directory    ${folder}    recursive=True
    Copy Directory    ${SCRIPTS}    ${folder}/scripts
    Copy Directory    ${SCRIPTS}/../src    ${folder}/src
    ${path}=    Replace String    ${folder}    ${SPACE}    \\${SPACE}
    ${output}=    Run Renode    include @${path}/scripts/load-plugin.resc    @{USE CARD}
    Should Contain    ${output}    compiling the sources
    Should Contain    ${output}    ${IDS}

Should Load From Prebuilt Library
    ${output}=    Run Renode    include @${SCRIPTS}/load-plugin.resc    @{USE CARD}
    Should Contain    ${output}    build/plugin/VirtioNet.dll
    Should Not Contain    ${output}    compiling the sources
    Should Contain    ${output}    ${IDS}

Should Ignore Loading Twice
    ${output}=    Run Renode    include @${SCRIPTS}/load-plugin.resc    include @${SCRIPTS}/load-plugin.resc    @{USE CARD}
    Should Contain    ${output}    loaded already
    Should Contain    ${output}    ${IDS}

Should Give Its Commands Also To What Was Used Before
    [Tags]    rule:F-40
    [Documentation]    The monitor caches the commands of what was used before; the plugin's must be found all the same.
    ${output}=    Run Renode
    ...    emulation CreateSwitch "switch"
    ...    switch IsPaused
    ...    include @${SCRIPTS}/load-plugin.resc
    ...    switch StopCapture
    ...    emulation CreateVhostUserPort "port" @${SCRATCH}/port.sock
    ...    echo "both are there"
    Should Contain    ${output}    both are there

Should Refuse Bad Values With A Remedy
    [Template]    Card Should Be Refused
    mac: "hello"                    mac is "hello"; it must be a unicast address
    mac: "01:00:5e:00:00:01"        it must be a unicast address
    mtu: 67                         it must be 68 to 65535 bytes
    mtu: 65536                      it must be 68 to 65535 bytes
    queueSize: 65536                queueSize is 65536; it must be 1 to 32768
    txQueueSize: -1                 txQueueSize is -1; it must be 1 to 32768
    mode: "new"                     it must be "transitional", "modern" or "legacy"
    features: "+FAST"               "+FAST" is not understood
    features: "-CSUM +HOST_USO"     HOST_USO needs CSUM; add what is needed, or leave out +HOST_USO

Should Refuse A Slot That Is Taken Or Absent
    [Template]    Registration Should Be Refused
    1    is taken by VirtioNetPci net0
    32    slot is 32; it must be 0 to 31

*** Keywords ***
Run Renode
    [Documentation]    Runs commands in a Renode of its own and returns all that it printed.
    [Arguments]    @{commands}
    ${script}=    Set Variable    ${SCRATCH}/virtio-net-${SUITE NAME}.resc
    ${text}=    Catenate    SEPARATOR=\n    @{commands}
    Create File    ${script}    ${text}\n
    ${renode}=    Start Renode
    ${output}=    Run Script    ${renode}    ${script}
    RETURN    ${output}

Card Should Be Refused
    [Arguments]    ${parameter}    ${message}
    Execute Command    include @${SCRIPTS}/load-plugin.resc
    Execute Command    mach create
    Run Keyword And Expect Error    *${message}*
    ...    Execute Command    machine LoadPlatformDescriptionFromString "pcie: PCI.PcieEcamHost @ sysbus new PCI.PcieRegion { region: \\"ecam\\"; address: 0x0; size: 0x100000 }; net0: Network.VirtioNetPci @ pcie 1 { ${parameter.replace('"', '\\"')} }"

Registration Should Be Refused
    [Arguments]    ${slot}    ${message}
    Execute Command    include @${SCRIPTS}/load-plugin.resc
    Execute Command    mach create
    Execute Command    machine LoadPlatformDescription @${BOARD}
    Run Keyword And Expect Error    *${message}*
    ...    Execute Command    machine LoadPlatformDescriptionFromString "net1: Network.VirtioNetPci @ pcie ${slot}"
