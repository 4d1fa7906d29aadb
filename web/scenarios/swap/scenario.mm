#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12"; swap = 64M }

# A program writes 16 MiB and then does nothing more.
sleeper = fork(init)
as sleeper {
  old = mmap(16M)
  touch(old, 16M)
}
expect vmstat("pswpout") == 0
mark "all in memory"

# Another one needs more than is left. kswapd takes what was
# not used: a page gets a slot of the swap area, the entries
# in the page tables mean the slot, the page is written, and
# its frame is free.
worker = fork(init)
as worker {
  new = mmap(32M)
  touch(new, 32M)
}
expect vmstat("pswpout") > 1000
expect vmstat("oom_kill") == 0
mark "swapped out"

# The sleeper wakes up. Its page is read back: a major fault.
before = vmstat("pswpin")
as sleeper { page = read(old) }
expect vmstat("pswpin") == before + 1
mark "back by a major fault"

# Nobody has written to it, so the slot still has the same:
# the page is in the swap cache and could be dropped again
# without being written.
expect vmstat("nr_swapcached") >= 1
as sleeper { write(old + 4K) }
mark "a written page gives its slot up"

# What a program gives back, it gives back on swap too.
exit(worker)
as sleeper { touch(old, 16M) }
expect swapoff(0) == 0   "all of it fits into memory again"
expect vmstat("nr_swapcached") == 0
mark "without swap again"
