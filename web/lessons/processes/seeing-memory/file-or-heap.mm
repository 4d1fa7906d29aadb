#!mm 1
machine x86_64 { ram = 256M; cpus = 1; kernel = "6.12" }
files = open(8192)
touch(files, 16M)
sh = fork(init)
as sh {
  heap = mmap(16M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(heap, 4M)
}
before = vmstat("nr_free_pages") + vmstat("nr_inactive_file")
mark "asked"

# 8 MiB of a file are read, and 8 MiB of memory are used.
touch(files, 8M, 16M)
as sh { touch(heap + 4M, 8M) }
