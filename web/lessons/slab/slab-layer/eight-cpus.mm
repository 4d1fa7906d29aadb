#!mm 1
machine x86_64 { ram = 64M; cpus = 8; kernel = "6.12" }

# The same cache on a machine of 8 CPUs
inode = kmem_cache_create("inode_cache", 608, SLAB_RECLAIM_ACCOUNT)
repeat 64 {
  files[] = kmem_cache_alloc(inode, GFP_KERNEL)
}
expect num_objs(inode) / slabs(inode) == 26   "four frames"
expect slabs(inode) == 3
