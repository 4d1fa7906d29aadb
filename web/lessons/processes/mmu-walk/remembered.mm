#!mm 1
# A TLB with 16 entries for data and no second level
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12"; tlb = "l1i=16/4,l1d=16/4,l2=0,pde=32,pdpte=4,pml4e=2" }
sh = fork(init)

as sh {
  # 32 pages that one PT serves, all in memory
  buf = mmap(128K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, NULL, 0, 0x123456600000)
  touch(buf, 128K)
  misses = tlb_misses(0)
  before = events("page_walk")
  mark "asked"

  # More than the TLB holds: every read is a walk.
  for n in 0..32 { read(buf + n * 4K) }
  expect tlb_misses(0) - misses == 32
}
