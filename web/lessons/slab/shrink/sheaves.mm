#!mm 1
machine x86_64 { ram = 64M; kernel = "7.2" }

# The same with the sheaves of 7.2
sessions = kmem_cache_create("session", 1024)
repeat 800 {
  all[] = kmem_cache_alloc(sessions, GFP_KERNEL)
}
for one in all { kmem_cache_free(sessions, one) }
mark "nobody left"
kmem_cache_shrink(sessions)
expect slabs(sessions) == 0
