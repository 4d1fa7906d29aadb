#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }
before = free_pages_in(DMA32)

page = alloc_pages(GFP_KERNEL, 6)
addr = __get_free_pages(GFP_KERNEL, 5)
ring = alloc_pages(GFP_KERNEL, 4)
# Your lines:
