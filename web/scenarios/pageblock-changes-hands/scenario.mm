#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# Programs fill the memory with blocks of 16
# frames, then every fourth one goes.
block = alloc_pages(GFP_HIGHUSER_MOVABLE, 4)
while block != NULL {
  blocks[] = block
  block = alloc_pages(GFP_HIGHUSER_MOVABLE, 4)
}
i = 0
while i < len(blocks) {
  __free_pages(blocks[i], 4)
  blocks[i] = NULL
  i = i + 4
}
expect events("claim") == 0
mark "Movable, with holes"

# The kernel wants 16 frames that cannot move.
# It gets them, and with them the pageblock:
# all its free blocks change their list.
min = watermark(DMA32, min)
mine = alloc_pages(GFP_KERNEL, 4)
expect events("mm_page_alloc_extfrag") == 1
expect events("claim") == 1
expect events("move_freepages") == 1
mark "a pageblock changes hands"

# A warning to kswapd: the watermarks rise, so
# that it frees memory before types mix again.
expect watermark(DMA32, min) == min + 512

# The next ones stay in that pageblock. No
# other one is spoilt.
repeat 8 { ours[] = alloc_pages(GFP_KERNEL, 4) }
expect events("claim") == 1
expect pfn(ours[7]) / 512 == pfn(mine) / 512
mark "they keep together"

# The programs end. Their pageblocks are whole
# again, and the kernel's is not.
for block in blocks {
  if block != NULL { __free_pages(block, order_of(block)) }
}
expect nr_free(DMA32, 10) == 4   "after boot there were 5 blocks of order 10"
mark "one pageblock is spoilt"
