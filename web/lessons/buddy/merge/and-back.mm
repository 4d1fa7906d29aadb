#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

before = free_pages_in(DMA32)
page = alloc_page(GFP_KERNEL)
next = alloc_page(GFP_KERNEL)
mark "two in use"

__free_page(page)
__free_page(next)
expect events("merge") == 0
mark "both free"
