#!mm 1
machine x86_64 { ram = 512M; kernel = "6.12" }

# __GFP_MEMALLOC: whoever frees memory must not
# fail for lack of memory. No limit at all.
block = alloc_pages(GFP_KERNEL|__GFP_MEMALLOC, 4)
while block != NULL {
  taken[] = block
  block = alloc_pages(GFP_KERNEL|__GFP_MEMALLOC, 4)
}
expect free_pages_in(DMA32) < 64
mark "to the bottom"
