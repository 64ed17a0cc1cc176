# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     The bare-metal program of robot-tests/baremetal on both boards: one node echoes, another sends it
...               frames of all sizes and checks each byte that comes back. No Linux, so a row takes milliseconds.
Resource          common.resource
Suite Setup       Run Keywords    Setup    Skip Unless Firmware Is Built

*** Variables ***
${PLATFORMS}      ${CURDIR}/../platforms
${FIRMWARE}       ${CURDIR}/../build/baremetal
# Virtual seconds.
${TIMEOUT}        2
# The program's own numbers: robot-tests/baremetal/options.h.
&{ROLES}          echo=0    probe=1
&{INTERFACES}     modern=0    legacy=1    mmio=2
&{COMPLETIONS}    polling=0    interrupt=1    msix=2
# Where the program looks for the registers of virtio-mmio, and the interrupt it expects.
&{MMIO PLACES}    arm64=${{("0x0a000000", "gic@32")}}    riscv64=${{("0x10001000", "plic@1")}}
# MAC and STATUS; with MRG_RXBUF, INDIRECT_DESC and EVENT_IDX; with ANY_LAYOUT.
${PLAIN}          0x10020
${EVERY}          0x30018020
${ANY LAYOUT}     0x8010020
# Feature bits by name, for rows about rings, and those that a card offers on demand only.
&{BITS}           MRG_RXBUF=15    INDIRECT_DESC=28    EVENT_IDX=29    RING_PACKED=34    IN_ORDER=35    NOTIFICATION_DATA=38    NOTIF_CONFIG_DATA=39    RING_RESET=40
@{ON DEMAND}      RING_PACKED    IN_ORDER    NOTIFICATION_DATA    NOTIF_CONFIG_DATA

*** Test Cases ***
Should Echo On arm64 By Polling
    [Tags]    rule:PCI-04
    Echo Should Be Complete    arm64    modern    polling    ${PLAIN}
    Echo Should Be Complete    arm64    modern    polling    ${EVERY}

Should Echo On arm64 With INTx
    Echo Should Be Complete    arm64    modern    interrupt    ${PLAIN}
    Echo Should Be Complete    arm64    modern    interrupt    ${EVERY}

Should Echo On arm64 With MSI-X
    Echo Should Be Complete    arm64    modern    msix    ${PLAIN}
    Echo Should Be Complete    arm64    modern    msix    ${EVERY}

Should Echo On riscv64 By Polling
    Echo Should Be Complete    riscv64    modern    polling    ${PLAIN}
    Echo Should Be Complete    riscv64    modern    polling    ${EVERY}

Should Echo On riscv64 With INTx Over PLIC
    Echo Should Be Complete    riscv64    modern    interrupt    ${PLAIN}
    Echo Should Be Complete    riscv64    modern    interrupt    ${EVERY}

Should Echo With Queues Of Any Size
    [Documentation]    A queue of one descriptor holds one frame; eight is the least with which buffers are merged.
    FOR    ${size}    IN    1    2    8    256
        Echo Should Be Complete    arm64    modern    interrupt    ${PLAIN}    queueSize=${size}
        Echo Should Be Complete    arm64    modern    interrupt    ${EVERY}    queueSize=${size}
    END

Should Keep Frames In Order With A Queue Of One
    [Documentation]    Each frame is a full queue's worth then, so the card goes on in deferred work, which Renode may run
    ...    on another thread than the CPU's. A frame that overtook another was seen in one run of twenty.
    FOR    ${i}    IN RANGE    30
        Echo Should Be Complete    arm64    modern    interrupt    ${EVERY}    queueSize=1
    END

Should Carry Frames Between Boards
    [Documentation]    70,000 frames, so the 16-bit indices of every ring wrap.
    [Tags]    rule:H-23    rule:SPLIT-30
    Reset Emulation
    Execute Command    emulation CreateSwitch "switch"
    ${echo}=    Create Node    echo    02:00:00:00:00:01    echo    riscv64    modern    interrupt    ${EVERY}
    ${probe}=    Create Node    probe    02:00:00:00:00:02    probe    arm64    modern    msix    ${EVERY}
    Set Option    probe    frames    70000
    Start Emulation
    Wait For Line On Uart    probe: 70000 frames echoed, 0 errors    testerId=${probe}    timeout=120

Should Run Again After A Reset
    [Tags]    rule:BASE-13
    Reset Emulation
    Create Both    arm64    modern    interrupt    ${EVERY}
    Start Emulation
    Wait For Line On Uart    probe: 64 frames echoed, 0 errors    testerId=${PROBE}
    Execute Command    machine Reset    machine=echo
    Wait For Line On Uart    ready    testerId=${ECHO}
    Execute Command    machine Reset    machine=probe
    Wait For Line On Uart    probe: 64 frames echoed, 0 errors    testerId=${PROBE}

Should Answer Linux
    [Documentation]    ARP and ping of a Debian guest, with the usual size and the largest that fits a frame.
    Reset Emulation
    Execute Command    emulation CreateSwitch "switch"
    ${echo}=    Create Node    echo    02:00:00:00:00:02    echo    riscv64    modern    interrupt    ${PLAIN}
    Execute Command    set name "node"
    Execute Command    set mac "02:00:00:00:00:01"
    Execute Command    set platform @${PLATFORMS}/arm64-virt.repl
    Create One Node
    Execute Command    connector Connect sysbus.pcie.net0 switch
    Start Emulation
    Wait Until Guest Is Ready    ${NODE}
    Ping Should Lose Nothing    ${NODE}    ${ADDRESS 2}
    Run In Guest    ${NODE}    ping -c 3 -s 1472 ${ADDRESS 2}
    Write Char On Uart    s    testerId=${echo}
    Wait For Line On Uart    icmp 8 too-long 0 .* errors 0    testerId=${echo}    treatAsRegex=True

Should Say What Is Wrong
    Error Should Be    wanted features 0x1 are not known to this program    arm64    modern    polling    0x1
    Error Should Be    queue 0 cannot have 3 descriptors    arm64    modern    polling    ${PLAIN}    queueSize=3
    Error Should Be    this board has no controller for MSI-X    riscv64    modern    msix    ${PLAIN}
    Error Should Be    feature MAC is not there    riscv64    modern    polling    0

Should Notice That The Card Is Lost
    [Documentation]    A reset closes its BARs too.
    Reset Emulation
    Create Both    riscv64    modern    polling    ${PLAIN}
    Start Emulation
    Wait For Line On Uart    ready    testerId=${ECHO}
    Execute Command    sysbus.pcie.net0 Reset    machine=echo
    Wait For Line On Uart    virtio-net: error the card does not answer any more    testerId=${ECHO}
    Wait For Line On Uart    virtio-net: stopped    testerId=${ECHO}

Should Echo On arm64 Through The Legacy Interface
    [Tags]    rule:LEG-04    rule:LEG-06    rule:LEG-09    rule:LEG-10
    FOR    ${completion}    IN    polling    interrupt    msix
        Echo Should Be Complete    arm64    legacy    ${completion}    ${PLAIN}
        Echo Should Be Complete    arm64    legacy    ${completion}    ${ANY LAYOUT}
        Echo Should Be Complete    arm64    legacy    ${completion}    ${EVERY}
    END

Should Echo On riscv64 Through The Legacy Interface
    [Tags]    rule:LEG-04    rule:LEG-09    rule:LEG-10
    FOR    ${completion}    IN    polling    interrupt
        Echo Should Be Complete    riscv64    legacy    ${completion}    ${PLAIN}
        Echo Should Be Complete    riscv64    legacy    ${completion}    ${EVERY}
    END

Should Echo With A Card Of One Interface
    [Tags]    rule:LEG-08
    Echo Should Be Complete    arm64    legacy    interrupt    ${PLAIN}    overlay=net0: { mode: "legacy" }
    Echo Should Be Complete    arm64    modern    interrupt    ${PLAIN}    overlay=net0: { mode: "modern" }

Should Miss The Legacy Interface Of A Modern Card
    Error Should Be    BAR0 is no I/O BAR    arm64    legacy    polling    ${PLAIN}    overlay=net0: { mode: "modern" }

Should Echo On arm64 Over MMIO
    [Tags]    rule:MMIO-03    rule:MMIO-13    rule:MMIO-14
    FOR    ${version}    IN    1    2
        FOR    ${completion}    IN    polling    interrupt
            Echo Should Be Complete    arm64    mmio    ${completion}    ${PLAIN}    version=${version}
            Echo Should Be Complete    arm64    mmio    ${completion}    ${EVERY}    version=${version}
        END
    END

Should Echo On riscv64 Over MMIO
    [Tags]    rule:MMIO-03    rule:MMIO-13    rule:MMIO-14
    FOR    ${version}    IN    1    2
        FOR    ${completion}    IN    polling    interrupt
            Echo Should Be Complete    riscv64    mmio    ${completion}    ${PLAIN}    version=${version}
            Echo Should Be Complete    riscv64    mmio    ${completion}    ${EVERY}    version=${version}
        END
    END

Should Drive Packed Rings On arm64
    [Tags]    rule:PACK-12    rule:PACK-15    rule:PACK-17
    FOR    ${completion}    IN    polling    interrupt    msix
        Rings Should Carry Traffic    arm64    modern    ${completion}    RING_PACKED
        Rings Should Carry Traffic    arm64    modern    ${completion}    RING_PACKED EVENT_IDX
        Rings Should Carry Traffic    arm64    modern    ${completion}    RING_PACKED EVENT_IDX INDIRECT_DESC MRG_RXBUF
    END
    Rings Should Carry Traffic    arm64    modern    interrupt    RING_PACKED INDIRECT_DESC    chained=1
    Rings Should Carry Traffic    arm64    mmio    interrupt    RING_PACKED EVENT_IDX

Should Drive Packed Rings On riscv64
    [Tags]    rule:PACK-12    rule:PACK-15    rule:PACK-17
    FOR    ${interface}    IN    modern    mmio
        Rings Should Carry Traffic    riscv64    ${interface}    interrupt    RING_PACKED
        Rings Should Carry Traffic    riscv64    ${interface}    interrupt    RING_PACKED EVENT_IDX INDIRECT_DESC MRG_RXBUF
    END

Should Drive Packed Rings Of Any Size
    [Documentation]    No power of two is needed. With chains of two descriptors some lie across the end of the ring.
    [Tags]    rule:PACK-14    rule:PACK-18
    FOR    ${size}    IN    1    3    7    100
        Rings Should Carry Traffic    arm64    modern    interrupt    RING_PACKED    queueSize=${size}
        Rings Should Carry Traffic    arm64    modern    interrupt    RING_PACKED EVENT_IDX    queueSize=${size}
    END
    FOR    ${size}    IN    2    3    7    101
        Rings Should Carry Traffic    arm64    modern    interrupt    RING_PACKED EVENT_IDX    queueSize=${size}    chained=1
    END

Should Take Buffers In Order
    [Documentation]    The card writes one used element for a batch of sent frames; the program finds the others itself.
    [Tags]    rule:FEAT-05    rule:SPLIT-29    rule:PACK-16
    FOR    ${arch}    ${interface}    IN    arm64    modern    riscv64    mmio
        FOR    ${ring}    IN    ${EMPTY}    RING_PACKED
            Rings Should Carry Traffic    ${arch}    ${interface}    interrupt    IN_ORDER ${ring}
            Rings Should Carry Traffic    ${arch}    ${interface}    interrupt    IN_ORDER EVENT_IDX MRG_RXBUF ${ring}
            Rings Should Carry Traffic    ${arch}    ${interface}    interrupt    IN_ORDER EVENT_IDX ${ring}    queueSize=8    chained=1
            Rings Should Carry Traffic    ${arch}    ${interface}    interrupt    IN_ORDER INDIRECT_DESC ${ring}    chained=1
        END
    END

Should Tell How Far It Is With Each Notification
    [Tags]    rule:BASE-21    rule:PCI-47
    FOR    ${interface}    ${arch}    IN    modern    arm64    mmio    riscv64
        # Eight receive buffers fill the queue; then one frame after another, which are more than a lap.
        Notifications Should Tell    ${arch}    ${interface}    NOTIFICATION_DATA    00080000    00010001    00090001
        Notifications Should Tell    ${arch}    ${interface}    NOTIFICATION_DATA RING_PACKED    00000000    80010001    00010001
    END
    Notifications Should Tell    arm64    modern    NOTIFICATION_DATA NOTIF_CONFIG_DATA    00080000    00010001    00090001
    Rings Should Carry Traffic    arm64    modern    interrupt    NOTIF_CONFIG_DATA
    Rings Should Carry Traffic    riscv64    modern    interrupt    NOTIF_CONFIG_DATA EVENT_IDX RING_PACKED

Should Use Every Feature Of A Ring At Once
    FOR    ${completion}    IN    polling    interrupt    msix
        Rings Should Carry Traffic    arm64    modern    ${completion}    ${{" ".join($BITS)}}    queueSize=99    chained=1
    END

Should Reset Queues And Give Them Other Sizes
    [Documentation]    Traffic before and after, over rings that start anew.
    [Tags]    rule:BASE-18    rule:BASE-19    rule:BASE-20
    FOR    ${arch}    ${interface}    ${completion}    IN    arm64    modern    msix    riscv64    modern    interrupt    arm64    mmio    polling
        Rings Should Start Anew    ${arch}    ${interface}    ${completion}    RING_RESET EVENT_IDX    256    16
        Rings Should Start Anew    ${arch}    ${interface}    ${completion}    RING_RESET IN_ORDER    8    128
        Rings Should Start Anew    ${arch}    ${interface}    ${completion}    RING_RESET EVENT_IDX RING_PACKED    256    7
        Rings Should Start Anew    ${arch}    ${interface}    ${completion}    RING_RESET IN_ORDER RING_PACKED    5    101
    END

Should Not Reset Queues Without The Feature
    Reset Emulation
    Create Both    arm64    modern    interrupt    ${PLAIN}
    Start Emulation
    Wait For Line On Uart    ready    testerId=${ECHO}
    Write Char On Uart    r    testerId=${ECHO}
    Wait For Line On Uart    virtio-net: error queue 0 cannot be reset: feature RING_RESET is not there    testerId=${ECHO}

Should Carry Frames Between Packed And Split Rings
    [Documentation]    20,000 frames, hundreds of laps of rings whose size is no power of two.
    [Tags]    rule:PACK-12    rule:PACK-16
    Reset Emulation
    Execute Command    emulation CreateSwitch "switch"
    ${features}=    Features Named    RING_PACKED EVENT_IDX IN_ORDER
    ${echo}=    Create Node    echo    02:00:00:00:00:01    echo    riscv64    modern    interrupt    ${features}    queueSize=37    card=+RING_PACKED +IN_ORDER
    ${probe}=    Create Node    probe    02:00:00:00:00:02    probe    arm64    modern    msix    ${EVERY}
    Set Option    probe    frames    20000
    Start Emulation
    Wait For Line On Uart    probe: 20000 frames echoed, 0 errors    testerId=${probe}    timeout=60

*** Keywords ***
Skip Unless Firmware Is Built
    FOR    ${arch}    IN    arm64    riscv64
        ${built}=    Run Keyword And Return Status    File Should Exist    ${FIRMWARE}/${arch}/echo.elf
        Skip If    not ${built}    build/baremetal/${arch}/echo.elf is missing: scripts/build-baremetal.sh makes it
    END

Echo Should Be Complete
    [Documentation]    Runs both nodes with the same options until all frames are echoed, and checks what they have counted.
    [Arguments]    ${arch}    ${interface}    ${completion}    ${features}    &{more}
    Reset Emulation
    Create Both    ${arch}    ${interface}    ${completion}    ${features}    &{more}
    Start Emulation
    ${ready}=    Wait For Line On Uart    virtio-net: ${interface}\\S* ${completion} mac 02:00:00:00:00:01 features 0x\\w+ ready    testerId=${ECHO}    treatAsRegex=True
    Log    ready after ${ready.Timestamp} ms
    ${done}=    Wait For Line On Uart    probe: 64 frames echoed, 0 errors    testerId=${PROBE}
    Log    echoed after ${done.Timestamp} ms
    Counters Should Fit    ${ECHO}    64    ${completion}
    Counters Should Fit    ${PROBE}    0    ${completion}

Rings Should Carry Traffic
    [Documentation]    The same; the cards must have negotiated exactly these features, and skip used elements with IN_ORDER only.
    [Arguments]    ${arch}    ${interface}    ${completion}    ${names}    &{more}
    ${features}=    Features Named    ${names}
    ${card}=    Card Offering    ${names}
    Echo Should Be Complete    ${arch}    ${interface}    ${completion}    ${features}    card=${card}    &{more}
    Cards Should Have Negotiated    ${interface}    ${features}
    FOR    ${node}    IN    ${ECHO}    ${PROBE}
        Write Char On Uart    s    testerId=${node}
        ${line}=    Wait For Line On Uart    skipped (\\d+)    testerId=${node}    treatAsRegex=True
        Should Be True    (${line.Groups}[0] > 0) == ("IN_ORDER" in $names)    ${line.Line}
    END

Notifications Should Tell
    [Documentation]    What is written to the doorbells of both queues, in hexadecimal, in this order.
    [Arguments]    ${arch}    ${interface}    ${names}    @{values}
    ${features}=    Features Named    ${names}
    ${card}=    Card Offering    ${names}
    Reset Emulation
    Create Both    ${arch}    ${interface}    interrupt    ${features}    queueSize=8    card=${card}
    Set Option    probe    window    1
    Set Option    probe    frames    12
    ${peripheral}=    Set Variable If    "${interface}" == "mmio"    sysbus.mmio0    sysbus.pcie
    Execute Command    sysbus LogPeripheralAccess ${peripheral}    machine=probe
    Create Log Tester    1
    Start Emulation
    Wait For Line On Uart    probe: 12 frames echoed, 0 errors    testerId=${PROBE}
    Cards Should Have Negotiated    ${interface}    ${features}
    # The program places the memory BAR at 0x4000 of the window; 0x3000 after its start are the doorbells, four bytes a queue.
    FOR    ${value}    IN    @{values}
        ${value}=    Convert To Integer    ${value}    16
        ${doorbell}=    Set Variable If    "${interface}" == "mmio"    0x50    ${{hex(0x7000 + 4 * ($value & 1))}}
        Wait For Log Entry    WriteUInt32 to ${doorbell} .*value 0x${{"%X" % $value}}$    treatAsRegex=True
    END

Rings Should Start Anew
    [Arguments]    ${arch}    ${interface}    ${completion}    ${names}    ${size}    ${new}
    Rings Should Carry Traffic    ${arch}    ${interface}    ${completion}    ${names}    queueSize=${size}
    FOR    ${machine}    ${node}    IN    echo    ${ECHO}    probe    ${PROBE}
        Set Option    ${machine}    new_queue_size    ${new}
        Write Char On Uart    r    testerId=${node}
        Wait For Line On Uart    queues of ${new} and ${new} descriptors    testerId=${node}
    END
    Write Char On Uart    p    testerId=${PROBE}
    Wait For Line On Uart    probe: 64 frames echoed, 0 errors    testerId=${PROBE}
    Counters Should Fit    ${ECHO}    128    ${completion}

Features Named
    [Documentation]    The wanted bits: MAC, STATUS and those named.
    [Arguments]    ${names}
    ${features}=    Convert To Integer    ${PLAIN}
    FOR    ${name}    IN    @{{$names.split()}}
        ${features}=    Evaluate    ${features} | 1 << ${BITS}[${name}]
    END
    RETURN    ${{hex($features)}}

Card Offering
    [Documentation]    What of the names a card has to be told to offer, as its features take it.
    [Arguments]    ${names}
    ${card}=    Set Variable    ${EMPTY}
    FOR    ${name}    IN    @{{$names.split()}}
        ${card}=    Set Variable If    $name in $ON_DEMAND    ${card} +${name}    ${card}
    END
    RETURN    ${card.strip()}

Cards Should Have Negotiated
    [Documentation]    Exactly these features and VERSION_1; and neither card has parked itself.
    [Arguments]    ${interface}    ${features}
    ${card}=    Set Variable If    "${interface}" == "mmio"    sysbus.mmio0    sysbus.pcie.net0
    FOR    ${machine}    IN    echo    probe
        ${negotiated}=    Execute Command    ${card} DriverFeatures    machine=${machine}
        Should Be Equal As Integers    ${negotiated.strip()}    ${{${features} | 1 << 32}}
        ${status}=    Execute Command    ${card} DeviceStatus    machine=${machine}
        Should Not Contain    ${status}    NeedsReset
    END

Counters Should Fit
    [Arguments]    ${node}    ${echoed}    ${completion}
    Write Char On Uart    s    testerId=${node}
    ${line}=    Wait For Line On Uart    counters received (\\d+) sent (\\d+) echoed ${echoed} .* notifications (\\d+) interrupts (\\d+) errors 0    testerId=${node}    treatAsRegex=True
    ${counted}=    Evaluate    [int(x) for x in ${line.Groups}]
    # 64 frames and an answer to ARP; asking for that may have taken several requests.
    Should Be True    ${counted}[0] >= 65 and ${counted}[1] >= 65    frames are missing: ${line.Line}
    Should Be True    ${counted}[2] > 0    nothing was notified: ${line.Line}
    Should Be True    (${counted}[3] > 0) == ("${completion}" != "polling")    interrupts do not fit ${completion}: ${line.Line}

Error Should Be
    [Documentation]    A node that cannot run says why, and stops.
    [Arguments]    ${error}    ${arch}    ${interface}    ${completion}    ${features}    &{more}
    Reset Emulation
    Execute Command    emulation CreateSwitch "switch"
    ${node}=    Create Node    echo    02:00:00:00:00:01    echo    ${arch}    ${interface}    ${completion}    ${features}    &{more}
    Start Emulation
    Wait For Line On Uart    virtio-net: error ${error}    testerId=${node}
    Wait For Line On Uart    virtio-net: stopped    testerId=${node}

Create Both
    [Documentation]    An echo node and its probe on a switch, not started.
    [Arguments]    @{options}    &{more}
    Execute Command    emulation CreateSwitch "switch"
    ${echo}=    Create Node    echo    02:00:00:00:00:01    echo    @{options}    &{more}
    ${probe}=    Create Node    probe    02:00:00:00:00:02    probe    @{options}    &{more}
    Set Suite Variable    ${ECHO}    ${echo}
    Set Suite Variable    ${PROBE}    ${probe}

Create Node
    [Documentation]    overlay changes the board; card is what the card offers besides, as in its features.
    [Arguments]    ${name}    ${mac}    ${role}    ${arch}    ${interface}    ${completion}    ${features}    ${queueSize}=0    ${overlay}=${EMPTY}    ${version}=2    ${card}=${EMPTY}    ${chained}=0
    IF    "${interface}" == "mmio"
        ${overlay}=    Set Variable    mmio0: Network.VirtioNetMmio @ sysbus ${MMIO PLACES}[${arch}][0] { version: ${version}; features: "${card}"; -> ${MMIO PLACES}[${arch}][1] }
    ELSE IF    $card
        ${overlay}=    Set Variable    net0: { features: "${card}" }
    END
    ${platform}=    Normalize Path    ${PLATFORMS}/${arch}-virt.repl
    IF    $overlay
        ${changed}=    Set Variable    ${FIRMWARE}/${name}.repl
        Create File    ${changed}    using "${platform}"\n\n${overlay}
        ${platform}=    Set Variable    ${changed}
    END
    Execute Command    mach clear
    Execute Command    set name "${name}"
    Execute Command    set mac "${mac}"
    Execute Command    set platform @${platform}
    Execute Command    set firmware @${FIRMWARE}/${arch}/echo.elf
    Execute Command    set role ${ROLES}[${role}]
    Execute Command    set interface ${INTERFACES}[${interface}]
    Execute Command    set completion ${COMPLETIONS}[${completion}]
    Execute Command    set features ${features}
    Execute Command    set queueSize ${queueSize}
    Execute Command    include @${SCRIPTS}/baremetal-node.resc
    IF    "${interface}" == "mmio"
        Execute Command    sysbus.mmio0 MAC "${mac}"
        Execute Command    connector Connect sysbus.mmio0 switch
    ELSE
        Execute Command    connector Connect sysbus.pcie.net0 switch
    END
    Set Option    ${name}    chained    ${chained}
    ${tester}=    Create Terminal Tester    sysbus.uart0    machine=${name}    timeout=${TIMEOUT}
    Execute Command    mach clear
    RETURN    ${tester}

Set Option
    [Documentation]    Any option of the program, before the start.
    [Arguments]    ${machine}    ${option}    ${value}
    ${address}=    Execute Command    sysbus GetSymbolAddress "option_${option}"    machine=${machine}
    Execute Command    sysbus WriteDoubleWord ${address.strip()} ${value}    machine=${machine}
