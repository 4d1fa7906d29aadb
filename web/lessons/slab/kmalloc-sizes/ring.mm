#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# A ring of 256 buffers for packets of 1,500 bytes
repeat 256 { ring[] = kmalloc(1500, GFP_KERNEL) }
expect len(ring) == 256
