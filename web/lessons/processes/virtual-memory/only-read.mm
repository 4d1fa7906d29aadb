#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
sh = fork(init)

as sh {
  buf = mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  before = rss(sh)
  mark "asked"

  # 16 pages are read. Nobody has written to them.
  for n in 0..16 { seen[] = read(buf + n * 4K) }

  # Then two of them are written.
  write(buf)
  write(buf + 4K)
}
