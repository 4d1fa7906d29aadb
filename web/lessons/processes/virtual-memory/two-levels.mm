#!mm 1
# 32 bits: 4 GiB of addresses, 3 of them for the process,
# and page tables of two levels
machine x86_32 { ram = 64M; cpus = 1; kernel = "6.12" }
sh = fork(init)
as sh {
  buf = mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  write(buf)
  mark "two levels"
}
