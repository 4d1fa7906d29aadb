#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# Objects of 4 KiB, eight to a slab. The first one
# makes a slab, and the CPU allocates from it.
request = kmem_cache_create("request", 4096)
r[] = kmem_cache_alloc(request, GFP_KERNEL)
expect slabs(request) == 1
mark "the CPU's slab"

# Three more slabs. A slab that is full is on no
# list: nobody looks for anything in it.
repeat 31 {
  r[] = kmem_cache_alloc(request, GFP_KERNEL)
}
expect slabs(request) == 4
expect used_objs(request) == 32
mark "full slabs, on no list"

# Its first free object brings a slab back: it
# becomes a partial slab of the CPU that freed.
kmem_cache_free(request, r[3])
kmem_cache_free(request, r[11])
expect events("cpu_partial_free") == 2
mark "CPU partial"

# Two are enough for a CPU, by the size of these
# objects. With the third, both go to the node.
kmem_cache_free(request, r[19])
expect events("cpu_partial_drain") == 1
expect events("free_add_partial") == 2
mark "node partial"

# The way back: the CPU's own slab is full, so its
# partial slab comes first ...
a = kmem_cache_alloc(request, GFP_KERNEL)
expect a == r[19]
expect events("cpu_partial_alloc") == 1
mark "first what the CPU has"

# ... then the node's, one to use and some to keep.
b = kmem_cache_alloc(request, GFP_KERNEL)
expect b == r[11]
expect events("alloc_from_partial") == 1
expect events("cpu_partial_node") == 1
c = kmem_cache_alloc(request, GFP_KERNEL)
expect c == r[3]
mark "then what the node has"

# Nothing is left anywhere: a fifth slab.
d = kmem_cache_alloc(request, GFP_KERNEL)
expect slabs(request) == 5
mark "at last a new slab"
