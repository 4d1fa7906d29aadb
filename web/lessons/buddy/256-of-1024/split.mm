#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# 256 frames: 2 to the power of 8
a = alloc_pages(GFP_KERNEL, 8)
expect nr_free(DMA32, 9) == 1
expect nr_free(DMA32, 8) == 1
mark "split"
