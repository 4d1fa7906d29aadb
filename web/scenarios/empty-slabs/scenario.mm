#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# 800 sessions of 1 KiB: 100 slabs of two pages.
sessions = kmem_cache_create("session", 1024)
repeat 800 {
  all[] = kmem_cache_alloc(sessions, GFP_KERNEL)
}
expect slabs(sessions) == 100
mark "800 sessions"

# All of them end.
for one in all { kmem_cache_free(sessions, one) }
expect used_objs(sessions) == 0
expect events("free_slab") == 91
mark "nobody left"

# Nine slabs stay. The node keeps five empty ones
# (min_partial), the CPU its slab and three more
# (CPU partial).
expect slabs(sessions) == 9
expect num_objs(sessions) == 72
expect vmstat("nr_slab_unreclaimable") == 18

# slabinfo even calls 32 of them active: those of
# the CPU.
expect active_objs(sessions) == 32
mark "nine slabs stay"

# They are kept on purpose: the next 72 sessions
# cost no page.
taken = events("alloc_slab")
repeat 72 {
  next[] = kmem_cache_alloc(sessions, GFP_KERNEL)
}
expect events("alloc_slab") == taken
for one in next { kmem_cache_free(sessions, one) }
mark "72 for nothing"

# Whoever wants the pages back asks for them.
kmem_cache_shrink(sessions)
expect slabs(sessions) == 0
expect vmstat("nr_slab_unreclaimable") == 0
mark "shrunk"
