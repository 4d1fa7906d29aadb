#!mm 1
machine x86_64 { ram = 6G; kernel = "6.12" }

# The driver is loaded: it may sleep. (This
# line is right.)
in process { table = alloc_pages(GFP_KERNEL, 4) }

# It may sleep, and the device wants memory
# below 16 MiB.
in process { ring = alloc_pages(GFP_KERNEL|GFP_DMA, 4) }

# A packet comes in.
in irq { packet = alloc_pages(GFP_ATOMIC, 4) }

# The tasklet wants another such buffer.
in tasklet { spare = alloc_pages(GFP_ATOMIC|GFP_DMA, 4) }

# With the spinlock held
in atomic { entry = alloc_pages(GFP_ATOMIC, 4) }
