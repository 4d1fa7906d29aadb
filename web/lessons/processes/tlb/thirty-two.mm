#!mm 1
# A TLB with 16 entries for data and no second level
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12"; tlb = "l1i=16/4,l1d=16/4,l2=0" }
sh = fork(init)

as sh {
  buf = mmap(128K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  for n in 0..32 { write(buf + n * 4K) }
  before = tlb_misses(0)
  mark "asked"

  # One more round over 32 pages, in the same order
  for n in 0..32 { read(buf + n * 4K) }
}
