#!mm 1
machine x86_32 { ram = 1G; kernel = "2.6" }

# The three zones of the textbooks
isa = alloc_page(GFP_KERNEL|GFP_DMA)
kernel = alloc_page(GFP_KERNEL)
user = alloc_page(GFP_HIGHUSER)
expect zone(isa) == DMA
expect zone(kernel) == Normal
expect zone(user) == HighMem

# Only lowmem has an address for good.
expect page_address(kernel) != NULL
expect page_address(user) == NULL
mark "three zones"
