#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }

# Four slabs of 13 inodes, on CPU 0
inode = kmem_cache_create("inode_cache", 608, SLAB_RECLAIM_ACCOUNT)
repeat 52 {
  files[] = kmem_cache_alloc(inode, GFP_KERNEL)
}
expect slabs(inode) == 4
mark "three full, on no list"

# The first free place of a full slab: it becomes
# a partial slab of the CPU that freed.
kmem_cache_free(inode, files[0])
on cpu 1 { kmem_cache_free(inode, files[13]) }
expect events("cpu_partial_free") == 2
mark "one partial slab for each CPU"

# The kernel empties the hands of all CPUs.
kmem_cache_shrink(inode)
expect events("cpuslab_flush") == 1
expect events("free_add_partial") == 2
mark "two partial slabs for the node"

# CPU 1 needs an object and gets them from there.
on cpu 1 { got = kmem_cache_alloc(inode, GFP_KERNEL) }
expect events("alloc_from_partial") == 1
mark "to whoever asks first"
