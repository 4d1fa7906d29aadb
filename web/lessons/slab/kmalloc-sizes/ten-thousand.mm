#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

before = vmstat("nr_slab_unreclaimable")
mark "asked"

p = kmalloc(10000, GFP_KERNEL)
