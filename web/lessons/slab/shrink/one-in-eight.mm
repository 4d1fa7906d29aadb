#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

sessions = kmem_cache_create("session", 1024)
repeat 800 {
  all[] = kmem_cache_alloc(sessions, GFP_KERNEL)
}
expect slabs(sessions) == 100
left = -1
mark "asked"

# Seven of eight end, then the cache is shrunk.
for i in 0..800 {
  if i % 8 != 0 { kmem_cache_free(sessions, all[i]) }
}
expect used_objs(sessions) == 100
kmem_cache_shrink(sessions)
left = slabs(sessions)
