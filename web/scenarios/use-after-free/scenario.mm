#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12"; slab_debug = "FZPU" }

# slab_debug=FZPU on the kernel's command line:
# SLUB surrounds objects with red zones, fills them
# with poison and remembers who had them.
conn = kmem_cache_create("connection", 200)
c = kmem_cache_alloc(conn, GFP_KERNEL)
memset(c, 0, 200)
mark "in use"

# It is freed: poison, 0x6b, up to its last byte.
kmem_cache_free(conn, c)
mark "freed"

# A timer still has the old pointer, and counts in
# what is nobody's any more.
tick(1)
memset(c + 16, 1, 4)
mark "used after free"

# Nothing has happened so far. Whoever gets the
# place next would find a 1 where it expects none.
# With slab_debug SLUB looks first.
expect events("slab_bug") == 0
d = kmem_cache_alloc(conn, GFP_KERNEL)
expect events("slab_bug") == 1
expect d != c "nobody gets the spoilt slab"
mark "caught"

# The slab is given up, and the cache goes on with
# another one.
expect slabs(conn) == 2

# A double free is refused, and the kernel lives on.
kmem_cache_free(conn, d)
kmem_cache_free(conn, d)
expect events("slab_bug") == 2
mark "double free"

# One byte beyond the end: the red zone shows it when
# the object comes back.
e = kmem_cache_alloc(conn, GFP_KERNEL)
memset(e, 0, 201)
kmem_cache_free(conn, e)
expect events("slab_bug") == 3
mark "a byte too many"
