#!mm 1
# A TLB with 16 entries for data and no second level
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12"; tlb = "l1i=16/4,l1d=16/4,l2=0" }
sh = fork(init)

as sh {
  buf = mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  write(buf)
  mark "the page is there"

  # The same page again: the TLB answers alone.
  hits = tlb_hits(0)
  misses = tlb_misses(0)
  write(buf + 8)
  read(buf + 4000)
  expect tlb_hits(0) == hits + 2
  expect tlb_misses(0) == misses
  mark "two hits"
}
