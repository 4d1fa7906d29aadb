#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# Sixteen blocks of 16 frames, side by side,
# from 0x1000 on
repeat 16 { blocks[] = alloc_pages(GFP_KERNEL, 4) }
expect pfn(blocks[15]) == 0x10f0

# Two are freed, and they do not merge.
__free_pages(blocks[3], 4)
__free_pages(blocks[4], 4)
__free_pages(blocks[2], 4)   # the buddy of 3: 32 frames
__free_pages(blocks[0], 4)
__free_pages(blocks[1], 4)   # 0 to 3: 64 frames
