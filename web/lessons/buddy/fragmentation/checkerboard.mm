#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# Programs fill the memory, 16 frames at a time
# ...
block = alloc_pages(GFP_HIGHUSER_MOVABLE, 4)
while block != NULL {
  blocks[] = block
  block = alloc_pages(GFP_HIGHUSER_MOVABLE, 4)
}
mark "full"

# ... and every other block is freed.
i = 0
while i < len(blocks) {
  __free_pages(blocks[i], 4)
  i = i + 2
}
expect nr_free(DMA32, 5) == 0
expect alloc_pages(GFP_TRANSHUGE, 9) == NULL
mark "checkerboard"
