#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12"; swap = 128M }

# A program works on 8 MiB, over and over. After the first
# time everything is in memory, and no fault is left.
job = fork(init)
as job {
  small = mmap(8M)
  touch(small, 8M)
  faults = vmstat("pgfault")
  repeat 4 { touch(small, 8M) }
}
expect vmstat("pgfault") == faults
mark "it fits"

# Now the same with more than there is memory. Each page is
# taken away shortly before it is wanted again.
as job {
  large = mmap(56M)
  touch(large, 56M)
}
expect vmstat("pswpout") > 0
mark "it does not fit"

round = 0
while round < 3 {
  before = vmstat("pswpin")
  as job { touch(large, 56M) }
  read_back[] = vmstat("pswpin") - before
  round = round + 1
}
expect read_back[2] > 5000   "most of 14,336 pages, in each round"
expect vmstat("workingset_refault_anon") > 10000
mark "thrashing"

# A working set that fits ends it at once.
as job {
  touch(large, 8M)
  before = vmstat("pswpin")
  repeat 4 { touch(large, 8M) }
}
expect vmstat("pswpin") - before < 100
mark "it fits again"
