#!mm 1
# A TLB with 16 entries for data and no second level.
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12"; tlb = "l1i=16/4,l1d=16/4,l2=0" }
sh = fork(init)

as sh {
  # Sixteen pages fit: the second round misses nothing.
  buf = mmap(128K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(buf, 64K)
  before = tlb_misses(0)
  touch(buf, 64K)
  expect tlb_misses(0) - before <= 1
  mark "64 KiB fit"

  # Thirty-two do not: with LRU each page has been thrown
  # out again when its turn comes.
  touch(buf, 128K)
  before = tlb_misses(0)
  touch(buf, 128K)
  expect tlb_misses(0) - before == 32
  mark "128 KiB: every access walks"
}
