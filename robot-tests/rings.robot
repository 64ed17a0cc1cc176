# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     Unmodified Debian guests over every form of ring that their driver knows.
Resource          common.resource
Test Template     Should Carry Traffic

*** Test Cases ***                                       FEATURES                                    QUEUE SIZE
Should Use Packed Rings                                  +RING_PACKED                                256
    [Tags]    rule:PACK-01    rule:PACK-03    rule:PACK-14
Should Use Small Packed Rings                            +RING_PACKED                                32
    [Tags]    rule:PACK-01
Should Use Packed Rings Without Event Index              +RING_PACKED -EVENT_IDX                     256
    [Tags]    rule:PACK-11
Should Use Packed Rings Without Indirect Descriptors     +RING_PACKED -INDIRECT_DESC                 256
    [Tags]    rule:PACK-15
Should Use Packed Rings With Neither                     +RING_PACKED -EVENT_IDX -INDIRECT_DESC      256
    [Tags]    rule:PACK-12
Should Use Split Rings With Neither                      -EVENT_IDX -INDIRECT_DESC                   256
    [Tags]    rule:SPLIT-12    rule:SPLIT-22

*** Keywords ***
Should Carry Traffic
    [Arguments]    ${features}    ${size}
    Boot Two Nodes With Card    features: "${features}"    queueSize: ${size}
    ${negotiated}=    Execute Command    sysbus.pcie.net0 DriverFeatures    machine=node1
    ${negotiated}=    Convert To Integer    ${negotiated.strip()}
    FOR    ${name}    ${bit}    IN    RING_PACKED    34    EVENT_IDX    29    INDIRECT_DESC    28
        ${expected}=    Evaluate    '+${name}' in '${features}' or '${name}' != 'RING_PACKED' and '-${name}' not in '${features}'
        ${accepted}=    Evaluate    (${negotiated} >> ${bit} & 1) == 1
        Should Be Equal    ${accepted}    ${expected}    ${name}
    END
    Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
    Keep Less In Step
    Send Random Bytes    ${NODE 1}    ${NODE 2}    ${ADDRESS 2}    2
    Send Random Bytes    ${NODE 2}    ${NODE 1}    ${ADDRESS 1}    2
    FOR    ${machine}    IN    node1    node2
        ${status}=    Execute Command    sysbus.pcie.net0 DeviceStatus    machine=${machine}
        Should Not Contain    ${status}    NeedsReset
    END
