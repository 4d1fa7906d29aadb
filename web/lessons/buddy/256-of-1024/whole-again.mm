#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

a = alloc_pages(GFP_KERNEL, 8)
b = alloc_pages(GFP_KERNEL, 8)
c = alloc_pages(GFP_KERNEL, 8)
small = alloc_pages(GFP_KERNEL, 4)

__free_pages(a, 8)
__free_pages(c, 8)
# Your lines:
