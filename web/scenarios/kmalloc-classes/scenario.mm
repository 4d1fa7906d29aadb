#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }

# The smallest place has 8 bytes. In the days of
# SLAB it had 32.
a = kmalloc(1, GFP_KERNEL)
expect ksize(a) == 8
b = kmalloc(9, GFP_KERNEL)
expect ksize(b) == 16
mark "from 8 bytes on"

# Powers of two, and 96 and 192 in between: above
# 192 nothing stands between two powers.
c = kmalloc(65, GFP_KERNEL)
expect ksize(c) == 96
d = kmalloc(97, GFP_KERNEL)
expect ksize(d) == 128
e = kmalloc(129, GFP_KERNEL)
expect ksize(e) == 192
f = kmalloc(193, GFP_KERNEL)
expect ksize(f) == 256
g = kmalloc(4097, GFP_KERNEL)
expect ksize(g) == 8192   "nearly half is lost"
mark "thirteen sizes"

# Each size comes in four kinds, by the flags.
gfp = GFP_KERNEL|__GFP_RECLAIMABLE
r = kmalloc(100, gfp)
expect used_objs(cache("kmalloc-rcl-128")) == 1
r = kmalloc(100, GFP_KERNEL_ACCOUNT)
expect used_objs(cache("kmalloc-cg-128")) == 1
r = kmalloc(100, GFP_KERNEL|GFP_DMA)
expect used_objs(cache("dma-kmalloc-128")) == 1
expect zone(virt_to_page(r)) == DMA
mark "four kinds"

# 0 bytes: an address that nobody may use, and
# not NULL. kfree passes over it and over NULL.
nothing = kmalloc(0, GFP_KERNEL)
expect nothing != NULL
expect ksize(nothing) == 0
kfree(nothing)
kfree(NULL)

# An array is multiplied with care: too much gives
# NULL and not a small object.
h = kcalloc(30, 12, GFP_KERNEL)
expect ksize(h) == 512
i = kcalloc(1 << 33, 1 << 33, GFP_KERNEL)
expect i == NULL
mark "nothing, and too much"

# What grows within its place stays there.
j = krealloc(h, 500, GFP_KERNEL)
expect j == h
k = krealloc(j, 513, GFP_KERNEL)
expect ksize(k) == 1024
mark "krealloc"
