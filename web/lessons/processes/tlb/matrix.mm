#!mm 1
# A TLB with 16 entries for data and no second level
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12"; tlb = "l1i=16/4,l1d=16/4,l2=0" }
sh = fork(init)

as sh {
  # 32 rows of 4 KiB each, already in memory
  rows = mmap(128K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(rows, 128K)
  before = tlb_misses(0)

  # 8 columns, and in each of them all rows
  for column in 0..8 {
    for row in 0..32 { read(rows + row * 4K + column * 512) }
  }
}
