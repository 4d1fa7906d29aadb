#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12"; seed = 3 }

# Programs take nearly everything, a frame at
# a time. After boot every pageblock is
# Movable.
repeat 5500 { pages[] = alloc_page(GFP_HIGHUSER_MOVABLE) }
expect events("claim") == 0
mark "all is Movable"

# One page in four is freed: holes in every
# pageblock.
for page in pages {
  if random(1, 4) == 1 { __free_page(page) } else { kept[] = page }
}
mark "holes everywhere"

# The kernel needs unmovable frames. Its own
# lists are empty, so it borrows from the
# largest Movable block ...
first = alloc_page(GFP_KERNEL)
expect events("mm_page_alloc_extfrag") == 1
mark "first fallback"

# ... and goes on: it claims whole pageblocks,
# with pages of programs still in them.
repeat 700 { kernel[] = alloc_page(GFP_KERNEL) }
expect events("claim") >= 2
mark "mixed pageblocks"

# The programs end. The kernel's 701 frames
# keep four pageblocks from being whole; all
# others are whole again.
for page in kept { __free_page(page) }
expect nr_free(DMA32, 10) == 2   "after boot there were 5 blocks of order 10"
mark "the programs are gone"
