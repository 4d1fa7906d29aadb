#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

sessions = kmem_cache_create("session", 1024)
repeat 800 {
  all[] = kmem_cache_alloc(sessions, GFP_KERNEL)
}
mark "asked"

for one in all { kmem_cache_free(sessions, one) }
