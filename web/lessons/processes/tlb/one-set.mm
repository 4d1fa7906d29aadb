#!mm 1
# A TLB with 16 entries for data and no second level
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12"; tlb = "l1i=16/4,l1d=16/4,l2=0" }
sh = fork(init)

as sh {
  buf = mmap(128K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(buf, 128K)

  # Eight pages, each four pages from the one before
  for n in 0..8 { read(buf + n * 16K) }
  before = tlb_misses(0)
  for n in 0..8 { read(buf + n * 16K) }
  mark "eight pages, eight misses"
  expect tlb_misses(0) - before == 8

  # Eight pages side by side
  for n in 0..8 { read(buf + n * 4K) }
  before = tlb_misses(0)
  for n in 0..8 { read(buf + n * 4K) }
  expect tlb_misses(0) == before
  mark "eight pages, no miss"
}
