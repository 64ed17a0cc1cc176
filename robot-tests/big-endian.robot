# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     The host and the cards on a stock big-endian board: a LEON3, whose CPU is a SPARC V8.
Resource          common.resource

*** Variables ***
${CARDS}          pcie: PCI.PcieEcamHost @ { sysbus new Bus.BusMultiRegistration { address: 0xA0000000; size: 0x100000; region: \\"ecam\\" }; sysbus new Bus.BusMultiRegistration { address: 0xB0000000; size: 0x1000000; region: \\"mmio\\" } }; net0: Network.VirtioNetPci @ pcie 1; net1: Network.VirtioNetMmio @ sysbus 0xA0200000
# sethi %hi(0xA0008000), %g1: configuration space of slot 1; ld [%g1], %g2; lduh [%g1], %g4
# sethi %hi(0x40010000), %g3; st %g2, [%g3]; sth %g4, [%g3 + 4]
# sethi %hi(0xA0200000), %g1: the registers of the card on virtio-mmio; ld [%g1], %g2; st %g2, [%g3 + 8]
# ba itself; nop
@{PROGRAM}        0x03280020    0xC4006000    0xC8106000    0x07100040    0xC420E000    0xC830E004    0x03280800    0xC4006000    0xC420E008    0x10800000    0x01000000

*** Test Cases ***
Should Show Registers In The Order Of Their Bytes
    [Documentation]    A load and a store of the CPU keep the order of bytes: vendor and device id, vendor id alone, and "virt".
    Execute Command    include @${SCRIPTS}/load-plugin.resc
    Execute Command    mach create "leon"
    Execute Command    machine LoadPlatformDescription @platforms/cpus/leon3.repl
    Execute Command    machine LoadPlatformDescriptionFromString "${CARDS}"
    ${address}=    Set Variable    ${0x40000000}
    FOR    ${instruction}    IN    @{PROGRAM}
        Execute Command    sysbus WriteDoubleWord ${address} ${instruction}
        ${address}=    Evaluate    ${address} + 4
    END
    Execute Command    sysbus.cpu PC 0x40000000
    Execute Command    emulation RunFor "0.001"
    ${read}=    Set Variable    ${EMPTY}
    FOR    ${i}    IN RANGE    12
        ${byte}=    Execute Command    sysbus ReadByte ${0x40010000 + ${i}}
        ${read}=    Catenate    ${read}    ${byte.strip()}
    END
    Should Be Equal    ${read.strip()}    0xF4 0x1A 0x00 0x10 0xF4 0x1A 0x00 0x00 0x76 0x69 0x72 0x74
