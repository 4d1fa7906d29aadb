#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }

# A cache for one kind of object. There is no slab
# yet.
inode = kmem_cache_create("inode_cache", 608, SLAB_RECLAIM_ACCOUNT)
expect slabs(inode) == 0
mark "a cache"

# The first object makes a slab: two frames, 13
# places.
first = kmem_cache_alloc(inode, GFP_KERNEL)
expect slabs(inode) == 1
expect num_objs(inode) == 13
mark "the first slab"
