#!mm 1
machine x86_64 { ram = 6G; kernel = "6.12" }

# A composite is its flags, no more.
expect GFP_KERNEL == (__GFP_RECLAIM|__GFP_IO|__GFP_FS)
expect GFP_ATOMIC == (__GFP_HIGH|__GFP_KSWAPD_RECLAIM)
expect GFP_USER == (GFP_KERNEL|__GFP_HARDWALL)

# What it may do, and where it looks, are two
# things: the zone is chosen by a zone flag.
a = alloc_pages(GFP_KERNEL, 4)
b = alloc_pages(GFP_KERNEL|GFP_DMA32, 4)
c = alloc_pages(GFP_ATOMIC|GFP_DMA, 4)
expect zone(a) == Normal
expect zone(b) == DMA32
expect zone(c) == DMA
mark "behaviour and zone"
