#!mm 1
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12" }
sh = fork(init)

as sh {
  # 2 GiB are promised, from a multiple of 1 GiB on.
  buf = mmap(2G, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED|MAP_NORESERVE, NULL, 0, 0x123440000000)
  before = vmstat("nr_page_table_pages")
  mark "asked"

  # Four pages are written.
  write(buf)
  write(buf + 1M)
  write(buf + 2M)
  write(buf + 1G)
}
