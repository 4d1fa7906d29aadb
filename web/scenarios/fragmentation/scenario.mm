#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# Programs take all they can get, a frame at
# a time. (__GFP_NORETRY: nobody is killed for
# it when there is no more.)
gfp = GFP_HIGHUSER_MOVABLE|__GFP_NORETRY
page = alloc_page(gfp)
while page != NULL {
  pages[] = page
  page = alloc_page(gfp)
}
mark "full"

# Every other frame is freed.
i = 0
while i < len(pages) {
  __free_page(pages[i])
  i = i + 2
}
mark "checkerboard"

# Half of the memory is free, far above the
# watermarks ...
expect free_pages_in(DMA32) > watermark(DMA32, high) * 10

# ... and yet there is no block of 2 MiB, nor
# even one of 8 KiB.
expect nr_free(DMA32, 9) == 0
expect nr_free(DMA32, 1) == 0
expect fragmentation_index(DMA32, 9) > 900   "0 is lack of memory, 1000 is fragmentation"
huge = alloc_pages(GFP_TRANSHUGE, 9)
expect huge == NULL
mark "no huge page"
