#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# Ten times the same load. In each round one
# session of a hundred is forgotten.
sessions = kmem_cache_create("session", 1024)
round = 0
while round < 10 {
  for i in 0..100 {
    some[] = kmem_cache_alloc(sessions, GFP_KERNEL)
  }
  for i in 1..100 {
    kmem_cache_free(sessions, some[100 * round + i])
  }
  round = round + 1
}
mark "ten rounds"
kmem_cache_shrink(sessions)
mark "shrunk"
