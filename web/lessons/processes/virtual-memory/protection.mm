#!mm 1
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12" }
program = open(8)
sh = fork(init)
exec(sh, program)

# Code may be read and run.
as sh { expect fetch(0x555555554000) != NULL }
mark "code runs"

# A write to it is a page fault that finds an area
# without the right to write: SIGSEGV, SEGV_ACCERR.
as sh { expect write(0x555555554000) == NULL }
expect events("signal_generate") == 1
mark "killed"

# Where there is no area at all it is SEGV_MAPERR.
other = fork(init)
as other { expect read(0x1000) == NULL }
expect events("signal_generate") == 2
mark "nothing there"
