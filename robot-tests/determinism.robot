# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     Equal runs make equal captures of a network, byte for byte: one run after the other, in parallel execution as in serial, and
...               after a snapshot. The bare-metal nodes talk through links that delay and lose: what each sends, and when, depends on all that
...               it has received, so that one difference anywhere changes all that follows.
Library           OperatingSystem
Library           RenodeProcess.py
Resource          common.resource
Test Teardown     Run Keywords    Stop All Renodes    Test Teardown

*** Variables ***
${PLATFORMS}      ${CURDIR}/../platforms
${FIRMWARE}       ${CURDIR}/../build/baremetal
# Virtual seconds, in which each node sends its 200 frames.
${RUN}            0.12
@{SERIAL}         emulation SetGlobalSerialExecution true
@{PARALLEL}       emulation SetGlobalSerialExecution false
# Boards and completions of the nodes: polling, MSI-X, INTx, INTx. The program's own numbers: robot-tests/baremetal/options.h.
@{BOARDS}         arm64    arm64    arm64    riscv64
@{COMPLETIONS}    0    2    1    1

*** Test Cases ***
Should Capture The Same In Ten Parallel Runs And In A Serial One
    Skip Unless Firmware Is Built
    ${expected}=    Capture Talk    serial    @{SERIAL}
    FOR    ${i}    IN RANGE    10
        ${capture}=    Capture Talk    parallel    @{PARALLEL}
        Captures Should Be The Same    ${capture}    ${expected}
    END

Should Capture The Same With Machines That Share Their Time
    Skip Unless Firmware Is Built
    ${expected}=    Capture Talk    serial    @{SERIAL}    machine=mach create
    FOR    ${i}    IN RANGE    5
        ${capture}=    Capture Talk    parallel    @{PARALLEL}    machine=mach create
        Captures Should Be The Same    ${capture}    ${expected}
    END

Should Capture Something Else With Another Seed
    [Documentation]    The test above could not fail if the links drew nothing, or if nobody minded.
    Skip Unless Firmware Is Built
    ${one}=    Capture Talk    one    @{PARALLEL}
    ${other}=    Capture Talk    other    @{PARALLEL}    seed=2
    ${same}=    Run Keyword And Return Status    Captures Should Be The Same    ${one}    ${other}
    Should Not Be True    ${same}

Should Capture The Same After Save And Load In A New Process
    [Documentation]    The snapshot is made while packets are on their way. The first process goes on writing to the capture, and its
    ...    packets are not in it any more when the second one has gone on from the snapshot.
    [Tags]    rule:H-121
    Skip Unless Firmware Is Built
    ${expected}=    Capture Talk    uninterrupted    @{PARALLEL}
    ${capture}=    Set Variable    ${SCRATCH}/interrupted.pcapng
    ${snapshot}=    Set Variable    ${SCRATCH}/talk.save
    Remove Files    ${capture}    ${snapshot}
    ${commands}=    Commands Of Talk    ${capture}    emulation CreateNode    1
    ${renode}=    Start Renode
    Tell Renode    ${renode}    @{commands}
    ...    emulation RunFor "0.0123"
    ...    Save @${snapshot}
    ...    emulation RunFor "0.01"
    ...    quit
    Wait For Process End    ${renode}
    ${size}=    Get File Size    ${capture}
    Should Be True    ${size} > 10000    the snapshot was made before anything was sent

    ${renode}=    Start Renode
    Tell Renode    ${renode}
    ...    include @${SCRIPTS}/load-plugin.resc
    ...    Load @${snapshot}
    ...    emulation RunFor "${{"%.4f" % (float($RUN) - 0.0123)}}"
    ...    quit
    Wait For Process End    ${renode}
    Captures Should Be The Same    ${capture}    ${expected}

Should Capture The Same Of Linux Nodes
    [Documentation]    Boot and pings, twice in serial and once in parallel execution.
    ${first}=    Capture Pings    first    @{SERIAL}
    ${second}=    Capture Pings    second    @{SERIAL}
    Captures Should Be The Same    ${second}    ${first}
    ${parallel}=    Capture Pings    parallel    @{PARALLEL}
    Captures Should Be The Same    ${parallel}    ${first}

*** Keywords ***
Skip Unless Firmware Is Built
    FOR    ${arch}    IN    arm64    riscv64
        ${built}=    Run Keyword And Return Status    File Should Exist    ${FIRMWARE}/${arch}/echo.elf
        Skip If    not ${built}    build/baremetal/${arch}/echo.elf is missing: scripts/build-baremetal.sh makes it
    END

Capture Talk
    [Documentation]    Runs the four nodes, and returns the capture's path.
    [Arguments]    ${name}    @{execution}    ${machine}=emulation CreateNode    ${seed}=1
    ${capture}=    Set Variable    ${SCRATCH}/${name}.pcapng
    Create Directory    ${SCRATCH}
    Reset Emulation
    Execute Command    @{execution}
    ${commands}=    Commands Of Talk    ${capture}    ${machine}    ${seed}
    FOR    ${command}    IN    @{commands}
        Execute Command    ${command}
    END
    Execute Command    emulation RunFor "${RUN}"
    ${counters}=    Execute Command    net Counters
    Log    ${counters}
    Should Match Regexp    ${counters}    node4:sysbus\\.pcie\\.net0 *\\|in *\\|200 
    Execute Command    net StopCapture
    RETURN    ${capture}

Commands Of Talk
    [Arguments]    ${capture}    ${machine}    ${seed}
    @{commands}=    Create List    include @${SCRIPTS}/load-plugin.resc    emulation CreateNetwork "net" ${seed}
    FOR    ${i}    ${board}    ${completion}    IN ZIP    ${{[1, 2, 3, 4]}}    ${BOARDS}    ${COMPLETIONS}
        Append To List    ${commands}
        ...    ${machine} "node${i}"
        ...    mach set "node${i}"
        ...    machine LoadPlatformDescription @${PLATFORMS}/${board}-virt.repl
        ...    sysbus.pcie.net0 MAC "02:00:00:00:00:0${i}"
        ...    connector Connect sysbus.pcie.net0 net
        ...    sysbus LoadELF @${FIRMWARE}/${board}/echo.elf
        ...    sysbus WriteDoubleWord `sysbus GetSymbolAddress "option_role"` 2
        ...    sysbus WriteDoubleWord `sysbus GetSymbolAddress "option_completion"` ${completion}
        ...    sysbus WriteDoubleWord `sysbus GetSymbolAddress "option_peers"` 4
        ...    sysbus WriteDoubleWord `sysbus GetSymbolAddress "option_frames"` 200
        ...    sysbus WriteQuadWord `sysbus GetSymbolAddress "option_features"` 0x30018020
    END
    Append To List    ${commands}
    ...    net SetLink "node1" "delay 130us 100us loss 10%"
    ...    net SetLink "node2" "delay 1ms 300us distribution normal duplicate 5%"
    ...    net SetLinkOut "node3" "rate 10mbit loss gemodel 2% 30%"
    ...    net CaptureTo @${capture}
    RETURN    ${commands}

Capture Pings
    [Arguments]    ${name}    @{execution}
    ${capture}=    Set Variable    ${SCRATCH}/${name}.pcapng
    Create Directory    ${SCRATCH}
    Reset Emulation
    Execute Command    emulation SetSeed 1
    Execute Command    @{execution}
    Execute Command    set create "emulation CreateNode"
    Execute Command    include @${SCRIPTS}/network-nodes.resc
    Execute Command    net SetLink "node1" "delay 5ms 2ms loss 5%"
    Execute Command    net CaptureTo @${capture}
    Execute Command    emulation RunFor "6"
    Execute Command    sysbus.uart0 WriteLine "ping -i 0.01 ${ADDRESS 2}"    machine=node1
    Execute Command    emulation RunFor "1"
    ${counters}=    Execute Command    net Counters
    Log    ${counters}
    Should Match Regexp    ${counters}    node2:sysbus\\.pcie\\.net0 *\\|in *\\|\\d{2}
    Execute Command    net StopCapture
    RETURN    ${capture}

Captures Should Be The Same
    [Arguments]    ${one}    ${other}
    ${same}=    Evaluate    filecmp.cmp($one, $other, shallow=False)    modules=filecmp
    Should Be True    ${same}    ${one} and ${other} differ
