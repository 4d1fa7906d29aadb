#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# 1 GiB on 64 bits: Normal begins at 4 GiB and
# is empty. GFP_KERNEL gets DMA32.
mine = alloc_pages(GFP_KERNEL, 4)
expect zone(mine) == DMA32
mark "no zone Normal"
