#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
sh = fork(init)

as sh {
  # A table of 256 pages. It reads as zero until written.
  table = mmap(1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)

  # Three entries are ever used.
  write(table + 20K)
  write(table + 300K)
  write(table + 900K)
}
