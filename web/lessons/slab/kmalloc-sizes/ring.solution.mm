#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# A ring of 256 buffers for packets of 1,500 bytes
buffers = kmem_cache_create("rx_buffer", 1500)
repeat 256 {
  ring[] = kmem_cache_alloc(buffers, GFP_KERNEL)
}
expect len(ring) == 256
