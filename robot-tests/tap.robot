# renode-virtio-net, MIT licence: see LICENSE.
*** Settings ***
Documentation     A guest and the host ping each other through TAP, in a network namespace of the test's own.
Library           Process
Library           RenodeProcess.py
Resource          common.resource
Suite Setup       Run Keywords    Setup    Skip Unless Tap Can Be Made
Test Teardown     Run Keywords    Stop All Renodes    Remove Namespace    Test Teardown

*** Variables ***
${HOST ADDRESS}   192.168.100.254

*** Test Cases ***
Should Ping Between Guest And Host
    Create Directory    ${SCRATCH}
    ${console}=    Set Variable    ${SCRATCH}/virtio-net-tap-console.log
    Remove File    ${console}
    Host    ip netns add ${NAMESPACE}
    ${renode}=    Start Renode    ip    netns    exec    ${NAMESPACE}
    Tell Renode    ${renode}
    ...    include @${SCRIPTS}/tap-node.resc
    ...    sysbus.uart0 CreateFileBackend @${console} true
    ...    start
    Wait For Text In File    ${console}    guest ready
    In Namespace    ip address add ${HOST ADDRESS}/24 dev tap0
    In Namespace    ip link set tap0 up
    In Namespace    ping -c 5 -i 0.2 -W 10 ${ADDRESS 1}
    Tell Renode    ${renode}    sysbus.uart0 WriteLine "ping -c 5 -i 0.2 ${HOST ADDRESS}"
    Wait For Text In File    ${console}    5 packets transmitted, 5 packets received, 0% packet loss

*** Keywords ***
Skip Unless Tap Can Be Made
    # A name of this run's own: several may go on at once.
    ${pid}=    Evaluate    os.getpid()    modules=os
    Set Suite Variable    ${NAMESPACE}    virtio-net-${pid}
    ${tun}=    Evaluate    os.access('/dev/net/tun', os.R_OK | os.W_OK)    modules=os
    Skip If    not ${tun}    /dev/net/tun is missing or closed to us
    ${tools}=    Evaluate    all(shutil.which(x) for x in ('ip', 'ping'))    modules=shutil
    Skip If    not ${tools}    ip or ping is missing: install iproute2 and iputils-ping
    Run Process    ip    netns    delete    ${NAMESPACE}
    ${result}=    Run Process    ip    netns    add    ${NAMESPACE}
    Skip If    ${result.rc} != 0    no network namespace can be made here: ${result.stderr}
    Remove Namespace

Host
    [Arguments]    ${command}
    ${result}=    Run Process    ${command}    shell=True    stderr=STDOUT
    Should Be Equal As Integers    ${result.rc}    0    ${command}: ${result.stdout}

In Namespace
    [Arguments]    ${command}
    Host    ip netns exec ${NAMESPACE} ${command}

Remove Namespace
    Run Process    ip    netns    delete    ${NAMESPACE}
