#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
sh = fork(init)

as sh {
  # A table of 256 pages, cleared to be on the safe side
  table = mmap(1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(table, 1M)

  # Three entries are ever used.
  write(table + 20K)
  write(table + 300K)
  write(table + 900K)
}
