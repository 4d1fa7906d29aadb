#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }

inode = kmem_cache_create("inode_cache", 608, SLAB_RECLAIM_ACCOUNT)
repeat 5 {
  files[] = kmem_cache_alloc(inode, GFP_KERNEL)
}
place = -1
mark "asked"

# Places 0 to 4 are taken. 1 is freed, then 3.
kmem_cache_free(inode, files[1])
kmem_cache_free(inode, files[3])
next = kmem_cache_alloc(inode, GFP_KERNEL)
for i in 0..5 {
  if next == files[i] { place = i }
}
