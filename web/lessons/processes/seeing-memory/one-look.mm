#!mm 1
machine x86_64 { ram = 256M; cpus = 1; kernel = "6.12" }

# 16 MiB of files have been read since boot.
files = open(4096)
touch(files)

# A program has mapped 16 MiB and uses half of them.
sh = fork(init)
as sh {
  heap = mmap(16M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(heap, 8M)
}
expect vmstat("nr_free_pages") / 256 == 192   "free, in MiB"
expect vmstat("nr_inactive_file") / 256 == 16   "buff/cache, in MiB"
mark "one look"
