#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# The kernel takes 100 frames, one at a time,
# among the 250,000 that are free.
repeat 100 { tables[] = alloc_page(GFP_KERNEL) }
