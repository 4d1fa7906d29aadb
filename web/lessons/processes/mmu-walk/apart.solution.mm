#!mm 1
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12" }
sh = fork(init)

as sh {
  resident = rss(sh)
  before = vmstat("nr_page_table_pages")

  # Eight buffers of one page, one behind the other
  start = 0x123400000000
  for n in 0..8 {
    buf[] = mmap(4K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, NULL, 0, start + n * 4K)
    write(buf[n])
  }
}
