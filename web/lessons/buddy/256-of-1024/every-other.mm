#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# Sixteen blocks of 256 frames, then every
# other one is freed.
repeat 16 { blocks[] = alloc_pages(GFP_KERNEL, 8) }
mark "taken"

i = 0
while i < len(blocks) {
  __free_pages(blocks[i], 8)
  i = i + 2
}
mark "every other"
