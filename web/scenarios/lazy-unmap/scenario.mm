#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }

# 16 MiB of vmalloc: 4,096 frames, and 4,097 pages of
# addresses.
before = free_pages_in(DMA32)
a = vmalloc(16M)
expect free_pages_in(DMA32) <= before - 4096

# vfree: the frames are free at once, but for those
# that the CPU keeps on its list.
vfree(a)
expect free_pages_in(DMA32) >= before - 512
expect vmalloc_to_page(a) == NULL
mark "the frames are back"

# The addresses are not. The TLB of some CPU may still
# remember where they led, so nobody gets them yet.
b = vmalloc(16M)
expect b != a
vfree(b)
mark "the addresses wait"

# A flush interrupts every CPU, so it is put off until
# it pays: with two CPUs, for more than 64 MiB.
c = vmalloc(16M)
vfree(c)
expect events("purge_vmap_area_lazy") == 0
d = vmalloc(16M)
vfree(d)
expect events("purge_vmap_area_lazy") == 1
mark "one flush for all"

# Now the lowest addresses are given again.
e = vmalloc(16M)
expect e == a
mark "given again"
