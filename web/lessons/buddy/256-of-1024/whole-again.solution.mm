#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

a = alloc_pages(GFP_KERNEL, 8)
b = alloc_pages(GFP_KERNEL, 8)
c = alloc_pages(GFP_KERNEL, 8)
small = alloc_pages(GFP_KERNEL, 4)

__free_pages(a, 8)
__free_pages(c, 8)
__free_pages(b, 8)       # a and b are buddies: 512 frames
__free_pages(small, 4)   # six merges: 16, 32, ... 512, and then all 1,024
