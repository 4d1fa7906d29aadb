#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }
before = free_pages_in(DMA32)

page = alloc_pages(GFP_KERNEL, 6)
addr = __get_free_pages(GFP_KERNEL, 5)
ring = alloc_pages(GFP_KERNEL, 4)
__free_pages(page, 6)   # a struct page
free_pages(addr, 5)     # an address
__free_pages(ring, 4)
