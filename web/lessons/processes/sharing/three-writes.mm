#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
sh = fork(init)

as sh {
  buf = mmap(256K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(buf, 256K)
  child = fork()
}
before = vmstat("nr_anon_pages")
mark "asked"

# The child writes to four places, the parent to one.
as child {
  write(buf)
  write(buf + 100)
  write(buf + 8K)
  write(buf + 12K)
}
as sh { write(buf + 8K) }
