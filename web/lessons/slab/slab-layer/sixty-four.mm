#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }

inode = kmem_cache_create("inode_cache", 608, SLAB_RECLAIM_ACCOUNT)
mark "asked"

repeat 64 {
  files[] = kmem_cache_alloc(inode, GFP_KERNEL)
}
