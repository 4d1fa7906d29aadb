#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
sh = fork(init)

as sh {
  # A megabyte of addresses, and not one frame more
  before = rss(sh)
  buf = mmap(1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  expect rss(sh) == before
  expect follow_page(buf) == NULL
  mark "promised"
}
