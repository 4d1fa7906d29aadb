#!mm 1
machine x86_64 { ram = 6G; kernel = "6.12" }

# DMA: the first 16 MiB, all that an ISA device
# can reach with its 24 address bits.
isa = alloc_pages(GFP_KERNEL|GFP_DMA, 4)
expect zone(isa) == DMA
expect pfn(isa) < 16M / 4K
mark "zone DMA"

# DMA32: up to 4 GiB, for devices that put out
# 32 address bits.
pci = alloc_pages(GFP_KERNEL|GFP_DMA32, 4)
expect zone(pci) == DMA32
expect pfn(pci) < 4G / 4K
mark "zone DMA32"

# Normal: all the rest. Who does not care gets
# this, so that the low zones last.
mine = alloc_pages(GFP_KERNEL, 4)
expect zone(mine) == Normal
mark "zone Normal"

# A program's page may move, but zone Movable
# is empty unless memory is set aside for it
# (kernelcore=, hot-plugging): Normal again.
page = alloc_pages(GFP_HIGHUSER_MOVABLE, 4)
expect zone(page) == Normal
expect free_pages_in(Movable) == 0

# __GFP_HIGHMEM changes nothing on 64 bits: all
# memory has an address, there is no HighMem.
high = alloc_pages(GFP_HIGHUSER, 4)
expect zone(high) == Normal
expect page_address(high) != NULL
mark "no HighMem on 64 bits"
