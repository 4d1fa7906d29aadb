#!mm 1
machine x86_64 { ram = 6G; kernel = "6.12" }

# Drivers take zone DMA.
gfp = GFP_KERNEL|GFP_DMA
buffer = alloc_pages(gfp, 8)
while buffer != NULL {
  buffers[] = buffer
  buffer = alloc_pages(gfp, 8)
}
mark "zone DMA is used up"
