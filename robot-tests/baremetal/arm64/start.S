// renode-virtio-net, MIT licence: see LICENSE.
// Entered at EL1 with the MMU off.

    .section .text.start, "ax"
    .globl _start
_start:
    msr     daifset, #0xf           // interrupts are taken by sleeping and claiming, never as exceptions
    adr     x0, vectors
    msr     vbar_el1, x0
    adrp    x0, stack_top
    add     x0, x0, :lo12:stack_top
    mov     sp, x0

    adrp    x0, bss_start
    add     x0, x0, :lo12:bss_start
    adrp    x1, bss_end
    add     x1, x1, :lo12:bss_end
1:  cmp     x0, x1
    b.hs    2f
    str     xzr, [x0], #8
    b       1b

2:  isb
    bl      main
3:  wfi
    b       3b

// Whatever comes is a fault of this program or of the machine: it is reported.
    .balign 2048
vectors:
    .rept 16
    .balign 128
    mrs     x0, esr_el1
    mrs     x1, elr_el1
    mrs     x2, far_el1
    b       fault
    .endr
