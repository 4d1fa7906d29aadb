#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }

# kmalloc has a cache of 96 bytes and one of 128,
# and none between them.
object = kmalloc(100, GFP_KERNEL)
expect ksize(object) == 128   "28 bytes are lost inside"
mark "100 bytes cost 128"

# A page was cut into 32 places of 128 bytes: the
# next 31 requests cost no page at all.
small = cache("kmalloc-128")
expect slabs(small) == 1
expect num_objs(small) == 32
repeat 31 { more[] = kmalloc(100, GFP_KERNEL) }
expect slabs(small) == 1
mark "32 in one page"

# A network card's ring: 256 buffers for packets
# of 1,500 bytes. Each buffer gets 2,048.
before = vmstat("nr_slab_unreclaimable")
repeat 256 { ring[] = kmalloc(1500, GFP_KERNEL) }
expect ksize(ring[0]) == 2048
pages = vmstat("nr_slab_unreclaimable") - before
expect pages == 128
lost = pages * 4096 - 256 * 1500
expect lost == 140288   "more than a quarter of it"
mark "a ring of 1,500-byte buffers"

# A cache of its own has places of 1,504 bytes: 21
# to a slab of 32 KiB, where kmalloc-2k has 16.
buffers = kmem_cache_create("rx_buffer", 1500)
before = vmstat("nr_slab_unreclaimable")
repeat 256 {
  own[] = kmem_cache_alloc(buffers, GFP_KERNEL)
}
pages = vmstat("nr_slab_unreclaimable") - before
expect pages == 104
mark "the same ring in 24 pages less"
