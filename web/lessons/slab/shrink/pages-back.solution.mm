#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# 800 sessions, and one that watches them
sessions = kmem_cache_create("session", 1024)
repeat 400 {
  all[] = kmem_cache_alloc(sessions, GFP_KERNEL)
}
watcher = kmem_cache_alloc(sessions, GFP_KERNEL)
repeat 400 {
  all[] = kmem_cache_alloc(sessions, GFP_KERNEL)
}
for one in all { kmem_cache_free(sessions, one) }
# Your lines:
kmem_cache_free(sessions, watcher)
kmem_cache_shrink(sessions)
