#!mm 1
machine x86_32 { ram = 64M; kernel = "2.6" }

# SLAB, as the textbooks draw it: each cache has
# three lists of slabs, full, partial and free.
cell = kmem_cache_create("cell", 256)
expect slabs(cell) == 0
first = kmem_cache_alloc(cell, GFP_KERNEL)

# One object was wanted, and the CPU took all fifteen
# of a new slab into its array: the slab is full.
expect slabs(cell) == 1
expect used_objs(cell) == 1
expect active_objs(cell) == 15 "those of the array count"
mark "an array of fifteen"

# The next fourteen cost nothing but the array.
taken = events("alloc_slab")
repeat 14 { o[] = kmem_cache_alloc(cell, GFP_KERNEL) }
expect events("alloc_slab") == taken
mark "the array is empty"

# A hundred more: slab after slab becomes full.
repeat 100 { o[] = kmem_cache_alloc(cell, GFP_KERNEL) }
expect slabs(cell) == 8
mark "eight slabs, all full"

# All are freed, and go into the CPU's array, which
# holds 120. The slabs do not hear of it.
for x in o { kmem_cache_free(cell, x) }
kmem_cache_free(cell, first)
expect used_objs(cell) == 0
expect active_objs(cell) == 120
mark "freed, and yet active"

# Every two seconds cache_reap lets a part of what
# nobody touched go back into the slabs, and free
# slabs go back to the page allocator.
tick(4)
expect active_objs(cell) < 120
mark "four seconds later"
tick(120)
expect slabs(cell) == 0
mark "two minutes later"
