#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

before = vmstat("pgalloc_dma32")
mark "asked"

table = kvmalloc(400K, GFP_KERNEL)
