#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }

# A driver: each open() takes a session and a
# buffer, each close() gives both back. But one
# close() in ten goes the way of the errors, and
# there the buffer is forgotten.
session = kmem_cache_create("drv_session", 320)
buffer = kmem_cache_create("drv_buffer", 1000)
for round in 0..100 {
  s = kmem_cache_alloc(session, GFP_KERNEL)
  b = kmem_cache_alloc(buffer, GFP_KERNEL)
  kmem_cache_free(session, s)
  if round % 10 != 0 { kmem_cache_free(buffer, b) }
}
expect slabs(session) == 1
expect slabs(buffer) == 1
mark "100 rounds"

# Look again later. One cache is as it was, and one
# has grown.
for round in 0..400 {
  s = kmem_cache_alloc(session, GFP_KERNEL)
  b = kmem_cache_alloc(buffer, GFP_KERNEL)
  kmem_cache_free(session, s)
  if round % 10 != 0 { kmem_cache_free(buffer, b) }
}
expect slabs(session) == 1
expect slabs(buffer) == 4
mark "500 rounds"

# Empty slabs, or a leak? Shrinking tells: empty
# slabs go, and what is leaked stays.
kmem_cache_shrink(session)
kmem_cache_shrink(buffer)
expect slabs(session) == 0
expect used_objs(buffer) == 50
expect slabs(buffer) == 4
mark "shrinking does not help"

# When the driver is unloaded, the kernel says so:
# the cache still has objects. Its name leaves
# slabinfo (since 6.12), and its slabs stay.
kmem_cache_destroy(session)
kmem_cache_destroy(buffer)
expect cache("drv_session") == NULL
expect cache("drv_buffer") == NULL
expect slabs(buffer) == 4
mark "destroy complains"
