#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }

# Two drivers, and what each of them holds
net = kmem_cache_create("net_request", 192)
disk = kmem_cache_create("disk_request", 190, SLAB_NO_MERGE)

repeat 10 { n[] = kmem_cache_alloc(net, GFP_KERNEL) }
repeat 25 { d[] = kmem_cache_alloc(disk, GFP_KERNEL) }
