#!mm 1
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12" }

# 1,000 pages of a file were read, 300 written, and a
# process uses 500 pages of its own.
book = open(1000)
touch(book)
log = open(300)
pwrite(log, 300 * 4K)
sh = fork(init)
as sh {
  heap = mmap(500 * 4K)
  touch(heap, 500 * 4K)
}
before = vmstat("nr_inactive_file") + vmstat("nr_active_file")
mark "asked"

# Everything that can be dropped at once is dropped.
drop_caches(1)
