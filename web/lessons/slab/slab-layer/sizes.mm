#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }

# What an object takes up, by what it asks for
plain = kmem_cache_create("plain", 201, SLAB_NO_MERGE)
line = kmem_cache_create("line", 201, SLAB_HWCACHE_ALIGN)
rcu = kmem_cache_create("rcu", 201, SLAB_TYPESAFE_BY_RCU)
built = kmem_cache_create("built", 201, SLAB_NO_MERGE, 0, "init")
a = kmem_cache_alloc(plain, GFP_KERNEL)
b = kmem_cache_alloc(line, GFP_KERNEL)
c = kmem_cache_alloc(rcu, GFP_KERNEL)
d = kmem_cache_alloc(built, GFP_KERNEL)
mark "four layouts"
