#!mm 1
machine x86_64 {
  ram = 1G; cpus = 2
  kernel = "6.12"; seed = 7
}

# The kernel's own pages cannot move (U).
repeat 90 {
  order = random(0, 6)
  kernel[] = alloc_pages(GFP_KERNEL, order)
}
# An old device reads below 16 MiB only.
buffer = alloc_pages(GFP_KERNEL|GFP_DMA, 4)
mark "the kernel"

# Caches shrink when memory is short (E).
gfp = GFP_KERNEL|__GFP_RECLAIMABLE
repeat 120 {
  order = random(0, 6)
  caches[] = alloc_pages(gfp, order)
}
mark "its caches"

# Page tables lead to the pages of programs
# and files, so these can move (M).
gfp = GFP_HIGHUSER_MOVABLE
repeat 240 {
  order = random(0, 9)
  programs[] = alloc_pages(gfp, order)
}
repeat 80 {
  order = random(8, 10)
  files[] = alloc_pages(gfp, order)
}
mark "programs and files"

# Some of all this goes: holes of every size.
for page in programs {
  if random(1, 3) == 1 {
    __free_pages(page, order_of(page))
  }
}
for page in files {
  if random(1, 3) == 1 {
    __free_pages(page, order_of(page))
  }
}
for page in caches {
  if random(1, 4) == 1 {
    __free_pages(page, order_of(page))
  }
}
mark "some are gone"

# New requests fill the smallest holes.
repeat 60 {
  order = random(0, 2)
  later[] = alloc_pages(gfp, order)
}
expect free_pages_in(DMA32) > watermark(DMA32, high)   "memory is plentiful"
