#!mm 1
machine x86_64 { ram = 128M; kernel = "6.12" }

# A file larger than memory is read once from end
# to end. For a while every page finds a free
# frame.
file = open(60000)
part = 0
while events("wakeup_kswapd") == 0 {
  touch(file, 256K, part * 256K)
  part = part + 1
}
mark "the low mark is reached"

# From now on kswapd makes room: what was read
# first goes first, and nothing is lost, because a
# page of a file can be read again.
repeat 100 {
  touch(file, 256K, part * 256K)
  part = part + 1
}
expect vmstat("pgsteal_kswapd") > 3000
expect free_pages_in(DMA32) > watermark(DMA32, min)
expect touch(file, 4K) == 1   "the first page has to be read again"
mark "kswapd keeps pace"

# Pages that are used twice stand on the active
# list and stay.
often = open(500)
touch(often)
touch(often)
repeat 100 {
  touch(file, 256K, part * 256K)
  part = part + 1
}
expect touch(often) == 0   "all of it is still in memory"
mark "used twice, kept"

# An interrupt cannot wait for kswapd: it goes on
# below min until its reserve is used up.
in irq {
  frame = alloc_page(GFP_ATOMIC)
  while frame != NULL {
    held[] = frame
    frame = alloc_page(GFP_ATOMIC)
  }
}
expect free_pages_in(DMA32) < watermark(DMA32, min)
mark "an interrupt takes the reserve"

# The interrupt returns, and kswapd runs.
before = vmstat("pgsteal_kswapd")
tick(1)
expect vmstat("pgsteal_kswapd") > before
expect free_pages_in(DMA32) > watermark(DMA32, low)
mark "kswapd catches up"
