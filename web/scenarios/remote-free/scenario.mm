#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }

# Each CPU allocates from a slab of its own, so it
# needs no lock: two objects, two slabs.
packet = kmem_cache_create("packet", 2048)
repeat 4 {
  rx[] = kmem_cache_alloc(packet, GFP_KERNEL)
}
on cpu 1 {
  other = kmem_cache_alloc(packet, GFP_KERNEL)
}
expect slabs(packet) == 2
mark "a slab for each CPU"

# What a CPU frees into its own slab is what it
# gets next: still warm in its cache.
kmem_cache_free(packet, rx[3])
again = kmem_cache_alloc(packet, GFP_KERNEL)
expect again == rx[3]
mark "last in, first out"

# CPU 1 has done with a packet of CPU 0. It may not
# touch the CPU's list: the object goes to a second
# list, that of the slab.
on cpu 1 { kmem_cache_free(packet, rx[1]) }
expect events("free_frozen") == 1
mark "a remote free"

# CPU 0 does not see it yet: it has 12 of its own.
repeat 12 {
  rx[] = kmem_cache_alloc(packet, GFP_KERNEL)
}
expect events("alloc_refill") == 0
expect slabs(packet) == 2
mark "the CPU's list is empty"

# Now it takes over the second list, all at once.
got = kmem_cache_alloc(packet, GFP_KERNEL)
expect got == rx[1]
expect events("alloc_refill") == 1
expect slabs(packet) == 2   "no new slab"
mark "it comes back"

# slabinfo takes the 15 that CPU 1 holds ready for
# active: nobody but CPU 1 can have them.
expect used_objs(packet) == 17
expect active_objs(packet) == 32
