#!mm 1
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12" }
sh = fork(init)
book = open(256)

as sh {
  # A file of a megabyte, and none of it is in memory.
  map = mmap(1M, PROT_READ, MAP_PRIVATE, book)
  before = rss(sh)
  mark "mapped, nothing read"

  # The first access waits for the disk. One page comes:
  # this machine does not read ahead.
  page = read(map + 512K)
  expect vmstat("pgmajfault") == 1
  expect rss(sh) == before + 1
  mark "a major fault"
}

# Somebody else reads the whole file. Its pages are in the
# page cache now, and the process does not know of them.
touch(book)
expect rss(sh) == before + 1

as sh {
  # A minor fault: no disk, and the neighbours come along.
  near = read(map + 516K)
  expect vmstat("pgmajfault") == 1
  expect rss(sh) == before + 17

  # To them no fault is left at all.
  faults = vmstat("pgfault")
  read(map + 520K, 60K)
  expect vmstat("pgfault") == faults
  mark "sixteen pages by one minor fault"
}

# Clean pages that nobody uses are dropped. Those in a page
# table are used.
drop_caches(1)
expect vmstat("nr_inactive_file") + vmstat("nr_active_file") == rss(sh) - before
expect follow_page(map + 516K, sh) == near
mark "mapped pages stay"

# Without the mapping they are like all others.
as sh { munmap(map, 1M) }
drop_caches(1)
expect vmstat("nr_inactive_file") + vmstat("nr_active_file") == 0
mark "all of the file is gone"
