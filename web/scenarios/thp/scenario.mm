#!mm 1
# Below 512 MiB huge pages are off after boot.
machine x86_64 { ram = 64M; kernel = "6.12"; swap = 32M; tlb = "skylake" }

# 8 MiB, beginning where a huge page can: without them each
# of its 2,048 pages is a fault of its own.
small = fork(init)
as small {
  buf = mmap(8M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, NULL, 0, 0x7f0000000000)
  before = vmstat("pgfault")
  touch(buf, 8M)
  expect vmstat("pgfault") - before == 2048
  misses = tlb_misses(0)
  touch(buf, 8M)
  misses = tlb_misses(0) - misses
}
expect misses == 2048   "more pages than the TLB has entries"
mark "2,048 faults"
exit(small)

# The same where huge pages come by themselves. One byte
# brings 2 MiB: a block of order 9, one entry of the PD, and
# a page table that waits beside it.
sysctl transparent_hugepage = "always"
big = fork(init)
start = rss(big)
tables = vmstat("nr_page_table_pages")
as big {
  buf = mmap(8M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, NULL, 0, 0x7f0000000000)
  before = vmstat("pgfault")
  touch(buf, 1)
}
expect rss(big) - start == 512   "pages for one byte"
mark "one byte, 2 MiB"

as big {
  touch(buf, 8M)
  expect vmstat("pgfault") - before == 4
  misses = tlb_misses(0)
  touch(buf, 8M)
  misses = tlb_misses(0) - misses
}
expect misses <= 4   "four entries of the TLB hold all of it"
expect vmstat("nr_anon_transparent_hugepages") == 4
expect vmstat("nr_page_table_pages") - tables == 6   "no fewer tables: four wait"
mark "4 faults"

# Half of one goes. Its entry is split, and no frame becomes
# free, because the block is still one.
free = free_pages_in(DMA32)
as big { munmap(buf, 1M) }
expect vmstat("thp_split_pmd") == 1
expect rss(big) - start == 2048 - 256
expect free_pages_in(DMA32) <= free
expect vmstat("thp_deferred_split_page") == 1
mark "half unmapped, nothing free"

# Only when memory is short reclaim finds the block and
# splits it. Half of its frames are free then, unwritten.
hog = fork(init)
done = 0
as hog {
  heap = mmap(48M)
  madvise(heap, 48M, MADV_NOHUGEPAGE)
}
while vmstat("thp_split_page") == 0 {
  as hog { touch(heap + done, 64K) }
  done = done + 64K
}
expect vmstat("oom_kill") == 0
mark "split under pressure"
