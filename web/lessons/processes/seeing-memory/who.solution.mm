#!mm 1
machine x86_64 { ram = 256M; cpus = 1; kernel = "6.12" }
files = open(4096)
touch(files)
a = fork(init)
b = fork(init)
c = fork(init)
as a {
  table = mmap(128M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(table, 64K)
}
as b {
  map = mmap(16M, PROT_READ, MAP_PRIVATE, files)
  touch(map, 16M)
}
as c {
  heap = mmap(12M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(heap, 12M)
}
drain_all_pages()
mark "all three run"
before = vmstat("nr_free_pages") + vmstat("nr_inactive_file") + vmstat("nr_active_file")

# 8 MiB more are wanted: which one must go?
exit(c)
drain_all_pages()
