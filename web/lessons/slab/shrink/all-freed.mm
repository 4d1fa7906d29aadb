#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# 800 sessions of 1 KiB: 100 slabs of two pages
sessions = kmem_cache_create("session", 1024)
repeat 800 {
  all[] = kmem_cache_alloc(sessions, GFP_KERNEL)
}
expect slabs(sessions) == 100
mark "800 sessions"

for one in all { kmem_cache_free(sessions, one) }
expect used_objs(sessions) == 0
expect slabs(sessions) == 9
mark "nobody left"
