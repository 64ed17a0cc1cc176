# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     Debian's kernels other than the default one: each arm64 guest that scripts/build-guest.sh --suite has made.
Resource          common.resource

*** Test Cases ***
Should Ping With Kernels Of Other Suites
    [Documentation]    From 6.19 on a Debian kernel comes in three packages, before that in one.
    [Tags]    rule:F-31
    ${guests}=    Evaluate    sorted(os.path.dirname(x) for x in glob.glob(r'${GUEST}-*/Image'))    modules=glob, os
    Skip If    not ${guests}    there is no guest with another kernel; scripts/build-guest.sh --suite trixie-backports makes one
    FOR    ${guest}    IN    @{guests}
        Reset Emulation
        # All four, because variables of the guest before stay.
        Execute Command    $guest=@${guest}
        Execute Command    $kernel=@${guest}/Image
        Execute Command    $initrd=@${guest}/initramfs.cpio.gz
        Execute Command    $dtb=@${guest}/board.dtb
        Boot Two Nodes
        ${release}=    Read From Guest    ${NODE 1}    uname -r
        Log    ${guest} has booted ${release}    console=True
        Ping Should Lose Nothing    ${NODE 1}    ${ADDRESS 2}
        Ping Should Lose Nothing    ${NODE 2}    ${ADDRESS 1}
    END
