#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

sessions = kmem_cache_create("session", 1024)
repeat 800 {
  all[] = kmem_cache_alloc(sessions, GFP_KERNEL)
}
for one in all { kmem_cache_free(sessions, one) }
mark "nobody left"

# 72 new sessions: not one page is asked for.
made = events("alloc_slab")
repeat 72 {
  next[] = kmem_cache_alloc(sessions, GFP_KERNEL)
}
expect events("alloc_slab") == made
mark "72 for nothing"
