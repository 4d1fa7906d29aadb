#!mm 1
machine x86_64 { ram = 6G; kernel = "6.12" }

# A network card with 32 address bits
ring = alloc_pages(GFP_KERNEL|GFP_DMA32, 4)

# A sound card on the ISA bus: 24 bits
sound = alloc_pages(GFP_KERNEL|GFP_DMA, 4)

# The kernel's own table: no device reads it
table = alloc_pages(GFP_KERNEL, 4)
