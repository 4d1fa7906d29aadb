#!mm 1
machine x86_64 { ram = 64M; kernel = "6.1"; seed = 3 }

# Programs take nearly everything, then one
# block in four goes at random.
repeat 340 { blocks[] = alloc_pages(GFP_HIGHUSER_MOVABLE, 4) }
for block in blocks {
  if random(1, 4) == 1 { __free_pages(block, 4) } else { kept[] = block }
}
mark "holes"

# The kernel claims pageblocks in which
# programs still have frames.
repeat 40 { tables[] = alloc_pages(GFP_KERNEL, 4) }
expect events("mm_page_alloc_extfrag") >= 1
mark "claimed"

for block in kept { __free_pages(block, 4) }
mark "the programs are gone"
