#!mm 1
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12" }
sh = fork(init)
log = open(256)

as sh {
  # A megabyte of a file: nothing is read yet.
  map = mmap(1M, PROT_READ, MAP_PRIVATE, log)
  mark "mapped"

  # One byte of it: a major fault waits for the disk.
  read(map)
  expect vmstat("pgmajfault") == 1
  mark "a major fault"

}

# Now others have read the whole file. A minor fault
# finds it in the page cache, and maps 16 pages.
touch(log)
as sh {
  before = rss(sh)
  read(map + 512K)
  expect vmstat("pgmajfault") == 1
  expect rss(sh) == before + 16
  mark "a minor fault"
}
