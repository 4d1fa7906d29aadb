#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12"; seed = 3 }

# Programs take nearly everything, a frame at a time. After boot every pageblock is Movable.
repeat 5500 { pages[] = alloc_page(GFP_HIGHUSER_MOVABLE) }
expect events("claim") == 0
mark "all is Movable"

# One program in four ends: free frames are scattered over all pageblocks.
for page in pages { if random(1, 4) == 1 { __free_page(page) } }
mark "holes everywhere"

# The kernel needs unmovable frames. Its own lists are empty, so it borrows from the largest Movable block ...
expect nr_free(DMA32, 0, Unmovable) == 0
first = alloc_page(GFP_KERNEL)
expect events("mm_page_alloc_extfrag") == 1
mark "first fallback"

# ... and goes on: whole pageblocks are claimed, with the pages of programs still in them.
repeat 900 { kernel[] = alloc_page(GFP_KERNEL) }
expect events("claim") >= 2
mark "mixed pageblocks"

# The programs that are left end too. Single kernel frames now hold pageblocks open.
note "free memory is plentiful, whole blocks are not"
