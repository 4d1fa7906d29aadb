#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# So that the page tables are there already
first = vmalloc(64)
before = vmstat("pgalloc_dma32")
mark "asked"

# 200 nodes of 64 bytes
repeat 200 { nodes[] = vmalloc(64) }
