#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# Blocks of 64 KiB fill the memory, its reserves too,
# and every other one is freed.
gfp = GFP_ATOMIC|__GFP_MEMALLOC
block = alloc_pages(gfp, 4)
while block != NULL {
  blocks[] = block
  block = alloc_pages(gfp, 4)
}
for block in blocks {
  if pfn(block) % 32 == 0 { __free_pages(block, 4) }
}
expect free_pages_in(DMA) + free_pages_in(DMA32) >= 19M / 4K
mark "in pieces"

# A table of 400 KiB, for the kernel alone
table = kvmalloc(400K, GFP_KERNEL)
