#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# Zone DMA is the first 16 MiB: 3,840 managed
# frames. Ordinary requests try DMA32 first.
first = alloc_pages(GFP_KERNEL, 4)
expect zone(first) == DMA32
mark "DMA32 first"

# The kernel takes blocks of 1 MiB until it
# gets no more.
block = alloc_pages(GFP_KERNEL, 8)
while block != NULL {
  taken[] = block
  block = alloc_pages(GFP_KERNEL, 8)
}
mark "the kernel gets no more"

# DMA32 stops at its min watermark. DMA helped
# out a little, and keeps lowmem_reserve for
# those who need it.
expect free_pages_in(DMA32) - 256 < watermark(DMA32, min)
expect free_pages_in(DMA) > 1000
mark "the reserve"

# An old device can use nothing but zone DMA,
# and for it the reserve is open.
buffer = alloc_pages(GFP_KERNEL|GFP_DMA, 5)
expect buffer != NULL
while buffer != NULL {
  buffers[] = buffer
  buffer = alloc_pages(GFP_KERNEL|GFP_DMA, 5)
}
expect free_pages_in(DMA) < watermark(DMA, min) + 32
mark "zone DMA is used up"
