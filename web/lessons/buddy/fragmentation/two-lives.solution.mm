#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

repeat 40 {
  # Pages of a program, which will end soon
  program[] = alloc_pages(GFP_HIGHUSER_MOVABLE, 6)
  # A table of the kernel, which stays
  tables[] = alloc_pages(GFP_KERNEL, 4)
}
mark "all at work"

for block in program { __free_pages(block, 6) }
