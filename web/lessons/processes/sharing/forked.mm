#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
sh = fork(init)

as sh {
  buf = mmap(32K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(buf, 32K)
  frame = follow_page(buf)
  mark "eight pages of one"

  # The page tables are copied, the pages are not.
  child = fork()
}
expect follow_page(buf, child) == frame
expect mapcount(frame) == 2
mark "shared by two"
