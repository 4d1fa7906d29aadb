#!mm 1
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12" }
sh = fork(init)

as sh {
  at = 0x123456789000
  mmap(8M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, NULL, 0, at)
  write(at)
  pd = at >> 21 & 511
  mark "asked"

  # 2 MiB and three pages further on
  far = at + 2M + 12K
  frame = write(far)
  pd = far >> 21 & 511
}
