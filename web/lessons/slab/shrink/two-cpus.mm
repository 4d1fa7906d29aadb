#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }

# CPU 0 allocates, CPU 1 frees. Both keep some.
sessions = kmem_cache_create("session", 1024)
repeat 800 {
  all[] = kmem_cache_alloc(sessions, GFP_KERNEL)
}
on cpu 1 {
  for one in all { kmem_cache_free(sessions, one) }
}
mark "nobody left"
kmem_cache_shrink(sessions)
expect slabs(sessions) == 0
