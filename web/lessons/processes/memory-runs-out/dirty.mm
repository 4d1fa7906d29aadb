#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }
log = open(4096)

# A program writes 1 MiB to a file. It goes to memory
# only: 256 pages are newer there than on the disk.
pwrite(log, 1M)
expect vmstat("nr_dirty") == 256
drop_caches(1)
expect vmstat("nr_inactive_file") == 256   "not one of them can be dropped"
mark "dirty"

# Every 5 seconds the flusher looks for what has been
# dirty for more than 30. Clean pages stay in memory.
tick(30)
expect vmstat("nr_written") == 0
tick(5)
expect vmstat("nr_written") == 256
expect vmstat("nr_inactive_file") == 256
mark "written after thirty seconds"

# Whoever writes faster does not wait that long: above
# the background limit, a tenth of the memory that
# could be dirty, the flusher is woken.
done = 1M
while vmstat("nr_written") == 256 {
  pwrite(log, 64K, done)
  done = done + 64K
}
expect vmstat("nr_dirty") == vmstat("nr_dirty_background_threshold")
mark "the background limit"

# Now another file fills the memory. Reclaim finds the
# dirty pages first, for they are the oldest. It writes
# none of them: they go to the active list, out of its
# way, and the flusher is woken to write them all.
book = open(12000)
part = 0
while events("folio_keep_dirty") == 0 {
  touch(book, 256K, part)
  part = part + 256K
}
expect vmstat("nr_active_file") > 900   "still in memory"
expect vmstat("nr_dirty") == 0   "and clean by now"
mark "reclaim leaves it to the flusher"

# sync() does not come back before all is on the disk.
pwrite(log, 64K)
expect sync() == 16
expect vmstat("nr_dirty") == 0
mark "sync"

# A shared mapping makes pages dirty without a call.
# The first write is a page fault: so the kernel knows.
sh = fork(init)
as sh {
  map = mmap(64K, PROT_READ|PROT_WRITE, MAP_SHARED, log)
  write(map)
  faults = vmstat("pgfault")
  write(map)
  expect vmstat("pgfault") == faults
  expect vmstat("nr_dirty") == 1
  mark "written through a mapping"

  # When the page is written to the disk its entry loses
  # W. Reading goes on, and the next write is noticed.
  sync()
  read(map)
  expect vmstat("pgfault") == faults
  write(map)
  expect vmstat("pgfault") == faults + 1
  expect vmstat("nr_dirty") == 1
  mark "the next write is noticed again"
}
