#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# The same size in four kinds of cache
a = kmalloc(100, GFP_KERNEL)
b = kmalloc(100, GFP_KERNEL|__GFP_RECLAIMABLE)
c = kmalloc(100, GFP_KERNEL_ACCOUNT)
d = kmalloc(100, GFP_KERNEL|GFP_DMA)
expect used_objs(cache("kmalloc-128")) == 1
expect used_objs(cache("kmalloc-rcl-128")) == 1
expect used_objs(cache("kmalloc-cg-128")) == 1
expect used_objs(cache("dma-kmalloc-128")) == 1
mark "four pages"
