#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# Memory in pieces of 64 KiB
gfp = GFP_ATOMIC|__GFP_MEMALLOC
block = alloc_pages(gfp, 4)
while block != NULL {
  blocks[] = block
  block = alloc_pages(gfp, 4)
}
for block in blocks {
  if pfn(block) % 32 == 0 { __free_pages(block, 4) }
}
mark "in pieces"

# 4 KiB, 8 KiB, ... 512 KiB
by_vmalloc = 0
for i in 0..8 {
  p = kvmalloc(4K << i, GFP_KERNEL)
  if vmalloc_to_page(p) != NULL {
    by_vmalloc = by_vmalloc + 1
  }
}
expect by_vmalloc == 3   "128 KiB and more"
