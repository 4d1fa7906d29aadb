#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# Zone DMA: 15 MiB of managed frames
expect free_pages_in(DMA) == 15M / 4K

# The kernel takes 1 MiB at a time, from
# wherever it gets it, until it gets no more.
block = alloc_pages(GFP_KERNEL, 8)
while block != NULL {
  taken[] = block
  block = alloc_pages(GFP_KERNEL, 8)
}
