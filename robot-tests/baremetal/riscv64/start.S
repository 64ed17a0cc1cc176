// renode-virtio-net, MIT licence: see LICENSE.
// Entered in machine mode by hart 0.

    .section .text.start, "ax"
    .globl _start
_start:
    csrci   mstatus, 8              // MIE: interrupts are taken by sleeping and claiming, never as traps
    la      t0, trap
    csrw    mtvec, t0
    la      sp, stack_top

    la      t0, bss_start
    la      t1, bss_end
1:  bgeu    t0, t1, 2f
    sd      zero, 0(t0)
    addi    t0, t0, 8
    j       1b

2:  call    main
3:  wfi
    j       3b

// Whatever comes is a fault of this program or of the machine: it is reported.
    .balign 4
trap:
    csrr    a0, mcause
    csrr    a1, mepc
    csrr    a2, mtval
    j       fault
