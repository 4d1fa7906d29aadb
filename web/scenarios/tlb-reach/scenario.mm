#!mm 1
# A TLB with 16 entries for data and no second level. Boot
# sets huge pages aside: 32 of 2 MiB and one of 1 GiB.
machine x86_64 {
  ram = 3G; cpus = 1; kernel = "6.12"
  hugepages_2M = 32; hugepages_1G = 1
  tlb = "l1i=16/4,l1d=16/4,l2=0"
}
sh = fork(init)

as sh {
  # Sixteen pages fit: the second round misses nothing.
  buf = mmap(128K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(buf, 64K)
  before = tlb_misses(0)
  touch(buf, 64K)
  expect tlb_misses(0) - before <= 1
  mark "64 KiB fit"

  # Thirty-two do not: with LRU each page has been thrown
  # out again when its turn comes.
  touch(buf, 128K)
  before = tlb_misses(0)
  touch(buf, 128K)
  expect tlb_misses(0) - before == 32
  mark "128 KiB: every access walks"

  # Now 64 MiB, each of its 16,384 places touched twice. In
  # pages of 4 KiB the second round misses all of them.
  small = mmap(64M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(small, 64M)
  before = tlb_misses(0)
  touch(small, 64M)
  with_4k = tlb_misses(0) - before
  expect with_4k == 16384
  mark "4 KiB: 16,384 misses"

  # The same in pages of 2 MiB from the pool: 32 pages, one
  # miss for each. A walk ends at the PD.
  huge = mmap(64M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_HUGE_2MB)
  touch(huge, 64M)
  before = tlb_misses(0)
  touch(huge, 64M)
  with_2m = tlb_misses(0) - before
  expect with_2m == 32
  expect with_4k == 512 * with_2m
  mark "2 MiB: 32 misses"

  # And in one page of 1 GiB: a single entry reaches all of
  # it. A walk ends at the PDPT.
  giant = mmap(1G, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_HUGE_1GB)
  touch(giant, 64M)
  before = tlb_misses(0)
  touch(giant, 64M)
  with_1g = tlb_misses(0) - before
  expect with_1g == 0
  mark "1 GiB: no miss"
}
expect hugepages("free_hugepages", 2M) == 0
expect hugepages("free_hugepages", 1G) == 0

# What was set aside stays so: it goes back to the pool, and
# the page allocator does not get it.
free = vmstat("nr_free_pages")
as sh { munmap(giant, 1G) }
expect hugepages("free_hugepages", 1G) == 1
expect vmstat("nr_free_pages") - free < 16
mark "back in the pool"
