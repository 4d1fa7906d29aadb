#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

repeat 8 { blocks[] = alloc_pages(GFP_KERNEL, 4) }

# 0 and 1 become a block of 32 frames.
__free_pages(blocks[0], 4)
__free_pages(blocks[1], 4)
got = -1
mark "asked"

# First 6 is freed, then 3.
__free_pages(blocks[6], 4)
__free_pages(blocks[3], 4)
next = alloc_pages(GFP_KERNEL, 4)
got = (pfn(next) - 0x1000) / 16
