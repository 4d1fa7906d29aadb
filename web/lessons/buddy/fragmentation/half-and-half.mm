#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

block = alloc_pages(GFP_HIGHUSER_MOVABLE, 4)
while block != NULL {
  blocks[] = block
  block = alloc_pages(GFP_HIGHUSER_MOVABLE, 4)
}
mark "asked"

# Freed: not every other block, but those of
# 3 x 1,024 frames that lie side by side
for block in blocks {
  n = pfn(block)
  if n >= 0x1000 && n < 0x1c00 {
    __free_pages(block, 4)
  }
}
