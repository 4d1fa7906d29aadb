#!mm 1
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12"; overcommit_memory = 2 }
sh = fork(init)

# Mode 2: no more is promised than half of memory (and
# swap). malloc fails here, at the call, and the program
# can do something about it.
as sh {
  first = mmap(12M)
  expect mmap(12M) == -12   "-ENOMEM"
  mark "refused"

  # Half of the first is touched, and the rest is kept
  # for it, come what may.
  touch(first, 6M)
}
expect vmstat("oom_kill") == 0
mark "kept"
