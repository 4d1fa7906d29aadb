#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

got = 0
mark "asked"

p = kmalloc(200, GFP_KERNEL)
got = ksize(p)
