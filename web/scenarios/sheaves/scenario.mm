#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "7.2" }

# 7.2 has no slab of a CPU any more, but a sheaf:
# an array of free objects, 12 of this size.
packet = kmem_cache_create("packet", 2048)
held[] = kmem_cache_alloc(packet, GFP_KERNEL)
expect events("sheaf_refill") == 1
expect num_objs(packet) == 16
mark "a sheaf is filled"

# The next eleven come out of the array, wherever
# their slabs are.
repeat 11 {
  held[] = kmem_cache_alloc(packet, GFP_KERNEL)
}
expect events("sheaf_refill") == 1
mark "eleven out of the array"

repeat 36 {
  held[] = kmem_cache_alloc(packet, GFP_KERNEL)
}
expect slabs(packet) == 3
expect used_objs(packet) == 48
mark "48 in use"

# CPU 1 frees all of them, into sheaves of its own:
# no object goes back to its slab. Two are its main
# and its spare, what is more goes to the barn.
on cpu 1 {
  for one in held { kmem_cache_free(packet, one) }
}
expect events("barn_put") == 2
expect events("free_slowpath") == 0
mark "into the barn"

# CPU 0 takes a full sheaf from the barn: twelve
# objects for one lock.
repeat 12 {
  again[] = kmem_cache_alloc(packet, GFP_KERNEL)
}
expect events("barn_get") == 1
mark "out of the barn"

# All are freed. What lies in sheaves keeps slabs
# from being empty, until somebody shrinks.
for one in again { kmem_cache_free(packet, one) }
expect slabs(packet) == 3
kmem_cache_shrink(packet)
expect slabs(packet) == 0
mark "shrunk"
