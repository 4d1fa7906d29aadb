#!mm 1
# 64 entries for data, 1,536 behind them
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12"; tlb = "skylake" }
sh = fork(init)
as sh {
  buf = mmap(512K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(buf, 512K)
  before = tlb_misses(0)
  touch(buf, 512K)
  walks = tlb_misses(0) - before
  mark "128 pages, no walk"
}
