#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# 8,192 bytes are the last that come from a cache.
last = kmalloc(8192, GFP_KERNEL)
expect slabs(cache("kmalloc-8k")) == 1
mark "the last class"

# One byte more, and kmalloc asks the buddy system:
# a block of order 2. slabinfo does not show it,
# nr_slab_unreclaimable does.
before = vmstat("nr_slab_unreclaimable")
large = kmalloc(8193, GFP_KERNEL)
expect ksize(large) == 16384
expect order_of(virt_to_page(large)) == 2
expect vmstat("nr_slab_unreclaimable") == before + 4
mark "straight to pages"

# 128 KiB was the limit in the books. It is 4 MiB,
# the largest block there is.
old = kmalloc(128K, GFP_KERNEL)
expect ksize(old) == 128K
old2 = kmalloc(128K + 1, GFP_KERNEL)
expect ksize(old2) == 256K
most = kmalloc(4M, GFP_KERNEL)
expect ksize(most) == 4M
expect kmalloc(4M + 1, GFP_KERNEL) == NULL
kfree(old)
kfree(old2)
kfree(most)
mark "4 MiB and not a byte more"

# Then memory fills up to the last frame, and every
# other one is freed: half of it, in single frames.
gfp = GFP_ATOMIC|__GFP_MEMALLOC
page = alloc_page(gfp)
while page != NULL {
  pages[] = page
  page = alloc_page(gfp)
}
for page in pages {
  if pfn(page) % 2 == 1 { __free_page(page) }
}
mark "a checkerboard"

# 16 KiB cannot be had, with 10 MiB free.
expect free_pages_in(DMA32) >= 2560
expect kmalloc(16K, GFP_ATOMIC) == NULL

# 4 KiB can: the slab wants eight frames in a row,
# and makes do with one.
small = kmalloc(4096, GFP_ATOMIC)
expect small != NULL
expect events("order_fallback") == 1
expect order_of(virt_to_page(small)) == 0
mark "small requests still succeed"
