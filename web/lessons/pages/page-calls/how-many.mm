#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

before = free_pages_in(DMA32)

addr = __get_free_pages(GFP_KERNEL, 5)
