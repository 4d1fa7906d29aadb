#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# Four quarters of one order-10 block
a = alloc_pages(GFP_KERNEL, 8)
b = alloc_pages(GFP_KERNEL, 8)
c = alloc_pages(GFP_KERNEL, 8)
d = alloc_pages(GFP_KERNEL, 8)
mark "asked"

__free_pages(b, 8)
__free_pages(c, 8)
