#!mm 1
machine x86_64 { ram = 2G; cpus = 2; nodes = 2; kernel = "6.12" }

# Each processor prefers the memory beside it.
on cpu 0 { near = alloc_pages(GFP_KERNEL, 6) }
on cpu 1 { far = alloc_pages(GFP_KERNEL, 6) }
expect zone(near) == DMA32
expect zone(far) == DMA32@1
mark "each on its own node"

# A hungry task on CPU 1 empties node 1 ...
on cpu 1 {
  block = alloc_pages(GFP_HIGHUSER_MOVABLE, 10)
  while zone(block) == DMA32@1 {
    taken[] = block
    block = alloc_pages(GFP_HIGHUSER_MOVABLE, 10)
  }
}
mark "node 1 is full"

# ... and then gets memory from node 0, unless
# it insists on its own.
expect zone(block) == DMA32
expect vmstat("numa_miss") >= 1
own = GFP_HIGHUSER_MOVABLE|__GFP_THISNODE
on cpu 1 {
  block = alloc_pages(own, 10)
  while block != NULL {
    taken[] = block
    block = alloc_pages(own, 10)
  }
}
expect free_pages_in(DMA32) > watermark(DMA32, high)
mark "node 0 helps out"
