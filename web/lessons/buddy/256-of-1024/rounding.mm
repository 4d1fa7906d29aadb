#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# 600 frames are wanted; the buddy allocator
# has 512 or 1,024.
a = alloc_pages(GFP_KERNEL, 10)
mark "1,024 given, 424 of them unused"
__free_pages(a, 10)

# The same in three pieces: nothing is wasted,
# and nothing says that the pieces are
# neighbours.
x = alloc_pages(GFP_KERNEL, 9)
y = alloc_pages(GFP_KERNEL, 6)
z = alloc_pages(GFP_KERNEL, 4)
w = alloc_pages(GFP_KERNEL, 3)
mark "512 + 64 + 16 + 8"
