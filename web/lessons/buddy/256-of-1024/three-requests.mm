#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

a = alloc_pages(GFP_KERNEL, 8)
mark "asked"

b = alloc_pages(GFP_KERNEL, 8)
c = alloc_pages(GFP_KERNEL, 8)
