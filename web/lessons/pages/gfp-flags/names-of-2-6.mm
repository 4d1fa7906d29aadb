#!mm 1
machine x86_32 { ram = 1G; kernel = "2.6" }

# The same composites, made of 2.6's flags
expect GFP_ATOMIC == __GFP_HIGH
expect GFP_NOIO == __GFP_WAIT
expect GFP_NOFS == (__GFP_WAIT|__GFP_IO)
expect GFP_KERNEL == (__GFP_WAIT|__GFP_IO|__GFP_FS)
expect GFP_HIGHUSER == (GFP_USER|__GFP_HIGHMEM)
mark "2.6"

# A page from the cold end of the CPU's list
cold = alloc_page(GFP_KERNEL|__GFP_COLD)
in irq { expect alloc_page(GFP_ATOMIC) != NULL }
