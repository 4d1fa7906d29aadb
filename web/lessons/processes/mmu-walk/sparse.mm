#!mm 1
# Every page is as far from the last as it can be: nothing
# of one walk helps the next.
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12" }
sh = fork(init)

as sh {
  start = 0x100000000000
  for n in 0..64 {
    buf[] = mmap(4K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, NULL, 0, start + n * 512G)
    write(buf[n])
  }
  mark "64 pages, 192 tables"
}
