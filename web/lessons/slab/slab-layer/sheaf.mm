#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "7.2" }

# 7.2: the CPU has a sheaf in place of a slab.
inode = kmem_cache_create("inode_cache", 608, SLAB_RECLAIM_ACCOUNT)
repeat 5 {
  files[] = kmem_cache_alloc(inode, GFP_KERNEL)
}
kmem_cache_free(inode, files[1])
kmem_cache_free(inode, files[3])
next = kmem_cache_alloc(inode, GFP_KERNEL)
expect next == files[3]   "last in, first out here too"
