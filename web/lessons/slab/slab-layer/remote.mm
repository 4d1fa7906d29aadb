#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }

inode = kmem_cache_create("inode_cache", 608, SLAB_RECLAIM_ACCOUNT)
repeat 5 {
  files[] = kmem_cache_alloc(inode, GFP_KERNEL)
}

# Now CPU 1 frees one, and CPU 0 asks.
on cpu 1 { kmem_cache_free(inode, files[3]) }
expect events("free_frozen") == 1
next = kmem_cache_alloc(inode, GFP_KERNEL)
expect next != files[3]
expect next == files[0] + 5 * 608   "a place never used yet"
mark "not the one that was freed"
