#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
sh = fork(init)

# Both CPUs have run the process and know its page.
on cpu 0 { as sh {
  buf = mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  write(buf)
} }
on cpu 1 { as sh { read(buf) } }
mark "known to both"

# The page goes away: CPU 1 must hear of it.
on cpu 0 { as sh { munmap(buf, 64K) } }
expect events("tlb_shootdown") >= 1
mark "shootdown"
