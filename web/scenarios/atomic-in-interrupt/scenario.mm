#!mm 1
machine x86_64 { ram = 512M; kernel = "6.12" }
sysctl min_free_kbytes = 8192

# The kernel fills the memory until a request
# that may wait gets no more.
block = alloc_pages(GFP_KERNEL, 4)
while block != NULL {
  taken[] = block
  block = alloc_pages(GFP_KERNEL, 4)
}
expect free_pages_in(DMA32) - 16 < watermark(DMA32, min)
mark "down to min"

# A packet comes in. An interrupt handler has
# nobody to put to sleep: GFP_KERNEL is a bug.
in irq { packet = alloc_pages(GFP_KERNEL, 4) }
expect events("might_sleep") == 1
expect packet == NULL
mark "BUG: sleeping function"

# GFP_NOWAIT does not sleep, and that is all.
in irq { expect alloc_pages(GFP_NOWAIT, 4) == NULL }

# GFP_ATOMIC may go below min.
in irq { packet = alloc_pages(GFP_ATOMIC, 4) }
expect packet != NULL
expect events("might_sleep") == 1
mark "below min"

# But not to the bottom: 3/8 of min are left,
# and the next packet is dropped.
in irq {
  while packet != NULL {
    packets[] = packet
    packet = alloc_pages(GFP_ATOMIC, 4)
  }
}
limit = watermark(DMA32, min) * 3 / 8
expect free_pages_in(DMA32) >= limit
expect free_pages_in(DMA32) - 16 <= limit
mark "a packet is lost"
