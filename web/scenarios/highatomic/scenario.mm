#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# The kernel fills the memory.
block = alloc_pages(GFP_KERNEL, 4)
while block != NULL {
  taken[] = block
  block = alloc_pages(GFP_KERNEL, 4)
}
mark "down to min"

# A network driver needs 16 frames in a row and
# cannot wait. It gets them, and the rest of
# their pageblock is put aside for the like.
in irq { packet = alloc_pages(GFP_ATOMIC, 4) }
expect events("reserve_highatomic") == 1
expect nr_free(DMA32, 4, HighAtomic) >= 1
mark "the first pageblock"

# More packets, more pageblocks: up to one per
# cent of the zone, rounded up to whole ones.
in irq {
  while packet != NULL {
    packets[] = packet
    packet = alloc_pages(GFP_ATOMIC, 4)
  }
}
expect events("reserve_highatomic") == 5
mark "five pageblocks"

# The packets have been read, and their frames
# are free again ...
for packet in packets { __free_pages(packet, 4) }
mark "packets are read"

# ... but not for everybody. The kernel gets
# nothing from the reserve; a driver does.
full = alloc_pages(GFP_KERNEL, 4)
while full != NULL {
  taken[] = full
  full = alloc_pages(GFP_KERNEL, 4)
}
free = free_pages_in(DMA32)
expect free > watermark(DMA32, min)
in irq { packet = alloc_pages(GFP_ATOMIC, 4) }
expect packet != NULL
mark "reserved"
