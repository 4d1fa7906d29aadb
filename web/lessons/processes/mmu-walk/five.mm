#!mm 1
# 57 bits: a fifth level, PML5, above the other four
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12"; la57 = 1 }
sh = fork(init)

as sh {
  at = 0x123456789000
  mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, NULL, 0, at)
  write(at)
  mark "five levels"
}
expect (at >> 48 & 511) == 0
