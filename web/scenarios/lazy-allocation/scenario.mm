#!mm 1
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12" }
sh = fork(init)
log = open(256)

as sh {
  # A megabyte of a file and a megabyte of memory: two
  # areas, and not one frame more.
  before = rss(sh)
  map = mmap(1M, PROT_READ, MAP_PRIVATE, log)
  heap = mmap(1M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  expect rss(sh) == before
  mark "2 MiB mapped, nothing there"

  # A read of the file is a major fault: the page comes
  # from disk. The next one is there already.
  read(map)
  read(map)
  expect vmstat("pgmajfault") >= 1
  mark "a major fault"

  # Of the memory each page comes with its first touch.
  touch(heap, 64K)
  expect follow_page(heap + 60K) != NULL
  expect follow_page(heap + 64K) == NULL
  mark "16 of 256 pages touched"
}
