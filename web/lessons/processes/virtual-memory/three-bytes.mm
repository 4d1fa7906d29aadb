#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
sh = fork(init)

as sh {
  buf = mmap(1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  before = rss(sh)
  mark "asked"

  # Three bytes are written.
  write(buf)
  write(buf + 4000)
  write(buf + 5000)
}
