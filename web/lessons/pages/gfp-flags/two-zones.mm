#!mm 1
machine x86_64 { ram = 6G; kernel = "6.12" }

# Two zones at once: the kernel refuses, and so
# does this page, when the next line runs
# without its "#".
# wrong = alloc_page(GFP_KERNEL|GFP_DMA|__GFP_HIGHMEM)

# Legal, and of no use: a request that must not
# fail and may not sleep. Linux warns.
odd = alloc_page(GFP_ATOMIC|__GFP_NOFAIL)
expect events("gfp_warning") == 1
mark "warned"
